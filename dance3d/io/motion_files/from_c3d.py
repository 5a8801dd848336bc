"""C3D files: labelled markers to joint centres."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.c3d import read_c3d
from dance3d.io.motion_files.catalogue import group
from dance3d.io.motion_files.markers import centres, chosen
from dance3d.io.motion_files.names import SKULL, Match, match_map
from dance3d.io.motion_files.take import UNITS, ReadOptions, Take, complete, fill, with_head

Array = NDArray[np.float64]

_UNITS = {
    "mm": "mm",
    "cm": "cm",
    "m": "m",
    "meters": "m",
    "metres": "m",
    "in": "inch",
    "inch": "inch",
    "inches": "inch",
}


def read(path: Path, ask: ReadOptions) -> list[Take]:
    """One take for every person of a C3D file; where there are several, labels begin with a name and a colon.

    Raises:
        ValueError: no C3D file, no units, markers that are not known, or gaps that are too long.
    """
    file = read_c3d(path, ask.strict)
    points = dict(zip(file.labels, np.moveaxis(file.points, 1, 0), strict=True))
    unit, rate = _unit(file.units.lower(), ask, path), file.rate
    name, step = path.name.split(".")[0], ask.step(rate)
    if ask.map is not None:
        found = {"": mapped(points, unit, match_map(ask.map, points, path), rate, path, ask.strict)}
    else:
        found = people(points, unit, rate, path, ask.strict)
    several = len(found) > 1
    return [
        Take(
            f"{name}_{who}" if several else name,
            complete(joints)[ask.skip :: step] / unit,
            round(rate / step, 2),
            "joint centres from markers",
            unit,
            habit="z",
            group=group(name) if several else "",
        )
        for who, joints in found.items()
    ]


def people(
    points: Mapping[str, Array], unit: float, rate: float, path: Path, strict: bool
) -> dict[str, dict[str, Array]]:
    """Joints, metres, of everyone whose markers are all there, by what stands before the colon of the labels.

    Args:
        points: (T, 3) of every marker, by its label in capitals or not; NaN where it was not seen.
        unit: metres.
        rate: frames per second.
        path: for errors.
        strict: refuse gaps that are too long to be filled.

    Raises:
        ValueError: nobody has all markers.
    """
    labelled: dict[str, dict[str, Array]] = {}
    for label, places in points.items():
        who, _, marker = label.rpartition(":")
        labelled.setdefault(who, {}).setdefault(marker.upper(), places)
    found: dict[str, dict[str, Array]] = {}
    lacking: list[list[str]] = [["everything"]]
    for who, markers in labelled.items():
        choice, missing = chosen(markers)
        if missing:
            lacking.append(missing)
            continue
        used = {marker for names in choice.values() for marker in names}
        filled = {
            marker: fill(markers[marker] * unit, rate, f"{path}: marker {marker}", strict) for marker in sorted(used)
        }
        found[who] = centres(filled, choice)
    if not found:
        least = min(lacking[1:] or lacking, key=lambda missing: len(missing))
        raise ValueError(
            f"{path}: its markers miss {', '.join(least)}. The file has {', '.join(points)[:2000] or 'none'}"
        )
    return found


def mapped(
    points: Mapping[str, Array], unit: float, match: Match, rate: float, path: Path, strict: bool
) -> dict[str, Array]:
    """Joints, metres, of one person, by what is known of the labels.

    Args:
        points: as of ``people``.
        unit: metres.
        match: what the labels are.
        rate: frames per second.
        path: for errors.
        strict: refuse gaps that are too long to be filled.

    Raises:
        ValueError: ``strict``, and such a gap.
    """
    used = {label for parts in match.recipe.values() for label in parts}
    at = {label: fill(points[label] * unit, rate, f"{path}: marker {label}", strict) for label in sorted(used)}
    joints = {
        joint: np.asarray(sum(at[label] * weight for label, weight in parts.items()))
        for joint, parts in match.recipe.items()
    }
    neck = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    skull = joints.pop(SKULL, None)
    if skull is None:
        skull = joints["nose"] if "nose" in joints else (joints["head"] + neck) / 2
    return with_head(joints, skull, skull - neck)


def _unit(said: str, ask: ReadOptions, path: Path) -> float:
    if ask.metres is not None:
        return ask.metres
    if said not in _UNITS:
        raise ValueError(f"{path} gives its units as {said!r}; say the unit: {', '.join(UNITS)}")
    return UNITS[_UNITS[said]]
