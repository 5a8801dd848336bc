"""Which of a file's body parts is which joint, by its name: ``left_knee``, ``LKnee``, ``knee_R``, or as a map says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dance3d.skeleton import COCO17, HALPE26, SKELETONS

_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_PAIRED = {joint.removeprefix("left_") for joint in COCO17.joints if joint.startswith("left_")}
_FEET = {"big_toe", "small_toe", "heel"}
_HEADS = (["head"], ["head", "top"], ["top", "head"])
LIMBS = tuple(
    f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
"""What every file has to have."""


def arranged(path: Path, names: Sequence[str], given: Mapping[str, str] | None) -> tuple[str, list[int]]:
    """Layout of a file that names its joints, and of each joint of the layout the file's column, -1 where it has none.

    Args:
        path: for the error.
        names: of the file's joints, in order; those that mean nothing here are passed over.
        given: joints of ours to names of the file's, before names are read by themselves; or none.

    Raises:
        ValueError: a limb is not among them, two names mean the same joint, or the map does not fit.
    """
    columns: dict[str, int] = {}
    for joint, name in (given or {}).items():
        if joint not in HALPE26.joints:
            raise ValueError(f"{path}: {joint!r} is no joint of ours; choose from {', '.join(HALPE26.joints)}")
        if name not in names:
            raise ValueError(f"{path}: has no {str(name)[:60]!r}; it has {_some(names)}")
        columns[joint] = names.index(name)
    if len(set(columns.values())) < len(columns):
        raise ValueError(f"{path}: the map gives one of its names to two joints")
    taken = set(columns)
    for column, name in enumerate(names):
        own = joint_of(name)
        if own is None or own in taken or column in columns.values():
            continue
        if own in columns:
            raise ValueError(f"{path}: {names[columns[own]]!r} and {name!r} both mean {own}; say which, by a map")
        columns[own] = column
    if missing := [joint for joint in LIMBS if joint not in columns]:
        example = "{" + f"{missing[0]}: NAME, ..." + "}"
        raise ValueError(
            f"{path}: its parts are {_some(names)}; which are {', '.join(missing)}? Say it by a map, skeleton={example}"
        )
    feet = any(joint.endswith(("toe", "heel")) for joint in columns)
    layout = "halpe26" if "head" in columns else "wholebody23" if feet else "coco17"
    return layout, [columns.get(joint, -1) for joint in SKELETONS[layout].joints]


def joint_of(name: str) -> str | None:
    """The joint that a name means, or none."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    if len(words) == 1:  # lknee, leftknee
        (word,) = words
        words = next(([s, word[len(s) :]] for s in _SIDES if word.startswith(s) and word[len(s) :] in _PAIRED), words)
    if words in _HEADS:
        return "head"
    if words == ["nose"]:
        return "nose"
    sides = [_SIDES[word] for word in words if word in _SIDES]
    parts = [word for word in words if word not in _SIDES]
    part = "_".join(parts)
    return f"{sides[0]}_{part}" if len(sides) == 1 and part in _PAIRED | _FEET else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(str(name)[:40] for name in names[:60])
