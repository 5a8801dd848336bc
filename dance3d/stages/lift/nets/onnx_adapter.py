"""What a user says of somebody else's lifter, in a YAML file beside its ONNX file; docs/peers.md has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.yaml_files import read_yaml
from dance3d.skeleton import H36M17

PICTURES = ("width", "tangents", "box")
"""How keypoints are normalised: the picture's width to -1..1 as VideoPose3D, tangents (x - cx) / f, or the larger side
of the box around the joints of the frames read at once to -1..1."""
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "none": 1.0}
"""Metres of a unit of the answers; ``none``: the net does not know a body's size."""
_NEEDED = ("joints", "picture", "layout", "frames", "unit")
_ALLOWED = ("answers", "answer_layout", "root", "before", "after", "score", "fps", "input", "present", "output")
_LETTERS = "BTJC"


@dataclass(frozen=True)
class Layout:
    """The axes of a net's input or answer: each is of letters that it holds, outermost first.

    B is the batch, T frames, J joints, C coordinates, and 1 an axis of one; ``JC`` is joints and coordinates in one
    axis. A net without T reads single frames.
    """

    axes: tuple[str, ...]

    @property
    def letters(self) -> str:
        """All that the axes hold, in order."""
        return "".join(self.axes).replace("1", "")

    def arranged(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values (B, T, J, C) in this layout."""
        sizes = dict(zip(_LETTERS, values.shape, strict=True))
        kept = values if "T" in self.letters else values[:, 0]
        order = [letter for letter in _LETTERS if letter in self.letters]
        return kept.transpose([order.index(letter) for letter in self.letters]).reshape(self.shape(sizes))

    def shape(self, sizes: dict[str, int]) -> tuple[int, ...]:
        """Sizes of the axes; an axis with a size that is not known (0) is 0."""
        return tuple(int(np.prod([sizes.get(letter, 1) for letter in axis])) for axis in self.axes)

    def restored(self, values: NDArray[Any], sizes: dict[str, int]) -> NDArray[Any]:
        """Values in this layout as (B, T, J, C)."""
        parts = values.reshape([sizes[letter] for letter in self.letters])
        order = [letter for letter in _LETTERS if letter in self.letters]
        parts = parts.transpose([self.letters.index(letter) for letter in order])
        return parts if "T" in self.letters else parts[:, None]


@dataclass(frozen=True)
class LifterAdapter:
    """What a lifter in an ONNX file reads and answers.

    Attributes:
        joints: of the input, in order, as the inner skeleton names them.
        picture: a name of ``PICTURES``.
        layout: of the input.
        frames: read at once; 0: any number.
        unit: of the answers, a name of ``UNITS``.
        answers: joints of the answers, in order.
        answer_layout: of the answers.
        root: the joint that answers are relative to; it is at 0 where they lack it.
        before, after: frames of context that have no answer.
        score: whether each keypoint has a third number, 1 where it was seen and 0 where not.
        fps: frame rate that clips are brought to; none: their own.
        input, present, output: names in the file: keypoints, flags of those seen, answers. Empty: the first input and
            output, and no flags.
    """

    joints: tuple[str, ...]
    picture: str
    layout: Layout
    frames: int
    unit: str
    answers: tuple[str, ...]
    answer_layout: Layout
    root: str = "pelvis"
    before: int = 0
    after: int = 0
    score: bool = False
    fps: float | None = None
    input: str = ""
    present: str = ""
    output: str = ""


def read_adapter(path: Path) -> LifterAdapter:
    """Read the YAML of an ONNX file.

    Args:
        path: of the YAML.

    Raises:
        ValueError: no such file, a key that is missing or not known, or a value that it cannot have.
    """
    given = read_yaml(path)
    if not isinstance(given, dict):
        raise ValueError(f"{path} holds no keys; expected {', '.join(_NEEDED)}")
    try:
        return _adapter(given)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _adapter(given: dict[str, Any]) -> LifterAdapter:
    """The adapter of a YAML's keys.

    Raises:
        ValueError: as of ``read_adapter``.
    """
    if missing := [key for key in _NEEDED if key not in given]:
        raise ValueError(f"{missing[0]} is not said; needed are {', '.join(_NEEDED)}")
    if unknown := [str(key) for key in given if key not in (*_NEEDED, *_ALLOWED)]:
        raise ValueError(f"{unknown[0]} is not known; choose from {', '.join((*_NEEDED, *_ALLOWED))}")
    joints = _joints("joints", given["joints"])
    answers = _joints("answers", given.get("answers", list(joints)))
    root = _one_of("root", given.get("root", "pelvis"), H36M17.joints)
    if lacking := [joint for joint in H36M17.joints if joint not in answers and joint != root]:
        raise ValueError(f"answers lacks {', '.join(lacking)}; all 17 joints are scored, and only root may be left out")
    layout = _layout("layout", given["layout"])
    frames = 0 if given["frames"] == "any" else _count("frames", given["frames"], 1)
    before, after = (_count(name, given.get(name, 0), 0) for name in ("before", "after"))
    if frames and before + after >= frames:
        raise ValueError(f"before {before} and after {after} leave no answer of {frames} frames")
    if "T" not in layout.letters and frames != 1:
        raise ValueError(f"layout {list(layout.axes)} has no axis T, so frames must be 1, not {given['frames']}")
    fps = given.get("fps")
    if fps is not None and not (_is_number(fps) and 0 < fps < 1000):
        raise ValueError(f"fps is {fps!r}, expected frames per second")
    if not isinstance(given.get("score", False), bool):
        raise ValueError(f"score is {given['score']!r}, expected true or false")
    return LifterAdapter(
        joints=joints,
        picture=_one_of("picture", given["picture"], PICTURES),
        layout=layout,
        frames=frames,
        unit=_one_of("unit", "none" if given["unit"] is None else given["unit"], tuple(UNITS)),
        answers=answers,
        answer_layout=_layout("answer_layout", given.get("answer_layout", list(layout.axes))),
        root=root,
        before=before,
        after=after,
        score=given.get("score", False),
        fps=None if fps is None else float(fps),
        **{name: str(given.get(name, "")) for name in ("input", "present", "output")},
    )


def _joints(key: str, given: Any) -> tuple[str, ...]:
    """Names of joints; the name of the inner skeleton stands for all of them.

    Raises:
        ValueError: one that is not known or is there twice.
    """
    names = list(H36M17.joints) if given == H36M17.name else given
    if not isinstance(names, list) or not names:
        raise ValueError(f"{key} is {given!r}, expected a list of names, or {H36M17.name}")
    for name in names:
        _one_of(key, name, H36M17.joints)
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{key} names {twice[0]} twice")
    return tuple(names)


def _layout(key: str, given: Any) -> Layout:
    """Axes of a list of letters.

    Raises:
        ValueError: other letters, one twice, or none of B, J and C.
    """
    axes = tuple(str(axis) for axis in given) if isinstance(given, list) else ()
    letters = sorted("".join(axes).replace("1", ""))
    if not all(axes) or letters not in (sorted(_LETTERS), sorted(_LETTERS.replace("T", ""))):
        raise ValueError(f"{key} is {given!r}, expected each of B, T, J and C once, such as [B, T, J, C] or [B, T, JC]")
    return Layout(axes)


def _one_of(key: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{key}: {value!r} is not known; choose from {', '.join(known)}")
    return str(value)


def _count(key: str, value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 10_000:
        raise ValueError(f"{key} is {value!r}, expected a whole number from {least} to 10000")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
