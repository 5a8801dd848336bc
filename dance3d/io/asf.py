"""Acclaim's ASF files, the skeletons of CMU's database: bones, their axes, and forward kinematics.

Written after the format's definition (M. Schafer, Acclaim 1995) and CMU's notes on it (ACCLAIMdef): rotations are about
fixed axes, those of the bone's own ``axis``, and the first that ``dof`` names happens first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.bvh import MOST_JOINTS, axis_rotation, in_world, plain_numbers
from dance3d.io.gzip_files import unpacked

Array = NDArray[np.float64]

TURNS, MOVES = ("rx", "ry", "rz"), ("tx", "ty", "tz")
"""Values of a bone and, these with the moves, of the root in a frame of motion."""
_SECTIONS = ("version", "name", "units", "documentation", "root", "bonedata", "hierarchy", "skin")
_ROOT = "root"


@dataclass(frozen=True, eq=False)
class Asf:
    """A skeleton; joints are where bones begin, and where those without children end.

    Attributes:
        length: the file's multiplier of lengths.
        names: of joints, parents first: the root, the bones, and ``<bone>_End`` for each end.
        parents: row of each joint's parent, -1 for the root.
        offsets: (J, 3) from the parent's joint, file units; the root's place at rest.
        axes: (J, 3, 3) the axes that each bone turns about.
        channels: per joint its values in a frame of an AMC file, such as ``rx``.
        degrees: whether angles are in degrees.
    """

    length: float
    names: list[str]
    parents: list[int]
    offsets: Array
    axes: Array
    channels: list[list[str]]
    degrees: bool


def read_asf(path: Path) -> Asf:
    """Read a skeleton, plain or gzipped.

    Raises:
        ValueError: the file is no ASF file, or its bones do not make one tree.
    """
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    now: list[tuple[int, list[str]]] = []
    for number, line in enumerate(unpacked(path).decode(errors="ignore").splitlines(), 1):
        words = re.sub(r"[(),]", " ", line.split("#")[0]).split()
        if words and words[0].startswith(":"):
            key = words.pop(0)[1:].lower()
            if key not in _SECTIONS:
                raise ValueError(f"{path}, line {number}: :{key} is not known; choose from :{', :'.join(_SECTIONS)}")
            now = sections.setdefault(key, [])
        if words:
            now.append((number, words))
    if missing := [key for key in ("root", "bonedata", "hierarchy") if key not in sections]:
        raise ValueError(f"{path} is no ASF file, or is cut short: it has no :{', :'.join(missing)}")
    units = {words[0].lower(): words[-1] for _, words in sections.get("units", [])}
    degrees = _degrees(units.get("angle", "deg"), path)
    bones = {_ROOT: _bone(sections["root"], path, degrees)} | _bones(sections["bonedata"], path, degrees)
    length = _numbers([units.get("length", "1")], 1, f"{path}: the unit of length")[0]
    if length <= 0:
        raise ValueError(f"{path}: the unit of length is {length:g}, expected more than 0")
    return _tree(bones, _hierarchy(sections["hierarchy"], bones, path), length, degrees)


def _degrees(word: str, path: Path) -> bool:
    if word.lower()[:3] not in ("deg", "rad"):
        raise ValueError(f"{path}: angles are in {word!r}; choose from deg, rad")
    return word.lower().startswith("deg")


@dataclass(frozen=True, eq=False)
class _Bone:
    start: Array  # (3,) of the root its place
    way: Array  # (3,) from where it begins to where it ends
    axis: Array  # (3, 3)
    channels: list[str]


def _bones(lines: Sequence[tuple[int, list[str]]], path: Path, degrees: bool) -> dict[str, _Bone]:
    """Bones by name, lower case."""
    found: dict[str, _Bone] = {}
    block: list[tuple[int, list[str]]] = []
    for number, words in lines:
        if words[0].lower() not in ("begin", "end"):
            block.append((number, words))
        elif words[0].lower() == "begin":
            block = []
        else:
            name = next((w[1].lower() for _, w in block if w[0].lower() == "name" and len(w) > 1), "")
            if not name or name in found or name == _ROOT or len(found) == MOST_JOINTS:
                raise ValueError(f"{path}, line {number}: a bone needs a name of its own, and {MOST_JOINTS} are most")
            found[name] = _bone(block, path, degrees)
    return found


def _bone(lines: Sequence[tuple[int, list[str]]], path: Path, degrees: bool) -> _Bone:
    """One bone, or the root, from its lines.

    Raises:
        ValueError: names the line that does not fit.
    """
    said = {words[0].lower(): (number, words[1:]) for number, words in lines}

    def three(key: str) -> Array:
        number, words = said.get(key, (0, ["0", "0", "0"]))
        return _numbers(words[:3], 3, f"{path}, line {number}: {key}")

    number, words = said.get("axis", (0, ["xyz"]))
    order = words[-1].lower()
    if sorted(order) != list("xyz"):
        raise ValueError(f"{path}, line {number}: axis ends with {order!r}, expected an order such as XYZ")
    angles = three("axis") if len(words) > 1 else three("orientation")
    turn = np.deg2rad(angles) if degrees else angles
    axis = _turned(order, [np.atleast_1d(turn["xyz".index(one)]) for one in order])[0]
    number, length = said.get("length", (0, ["0"]))
    way = three("direction") * _numbers(length[:1], 1, f"{path}, line {number}: length")
    number, names = said.get("dof", said.get("order", (0, [])))
    channels = [name.lower() for name in names]
    known = TURNS if "dof" in said else TURNS + MOVES
    if set(channels) - set(known) or len(set(channels)) < len(channels):
        raise ValueError(f"{path}, line {number}: {' '.join(names)}: choose from {', '.join(known)}, each once")
    return _Bone(three("position"), way, axis, channels)


def _numbers(words: Sequence[str], count: int, what: str) -> Array:
    values = plain_numbers(" ".join(words))
    if values is None or len(values) != count:
        raise ValueError(f"{what} is {' '.join(words)[:60]!r}, expected {count} finite number{'s' * (count > 1)}")
    return values


def _hierarchy(lines: Sequence[tuple[int, list[str]]], bones: Mapping[str, _Bone], path: Path) -> dict[str, str]:
    """Each bone's parent, parents first.

    Raises:
        ValueError: names the line of a bone that is not known, has two parents, or comes before its parent.
    """
    parent = {_ROOT: ""}
    for number, words in lines:
        first, *children = (word.lower() for word in words)
        if first in ("begin", "end") and not children:
            continue
        if first not in parent:
            raise ValueError(f"{path}, line {number}: {first!r} hangs on nothing; so far hang {', '.join(parent)}")
        for child in children:
            if child not in bones or child in parent:
                known = ", ".join(name for name in bones if name not in parent)
                raise ValueError(f"{path}, line {number}: {child!r} is no bone, or hangs already; choose from {known}")
            parent[child] = first
    return parent


def _tree(bones: Mapping[str, _Bone], parent: Mapping[str, str], length: float, degrees: bool) -> Asf:
    ends = [name for name in parent if name not in parent.values()]
    names = [*parent, *(f"{name}_End" for name in ends)]
    above = [*parent.values(), *ends]
    offsets = [bones[name].way if name != "" else bones[_ROOT].start for name in above]
    last = _Bone(np.zeros(3), np.zeros(3), np.eye(3), [])
    of = [bones[name] for name in parent] + [last] * len(ends)
    rows = [names.index(name) if name else -1 for name in above]
    axes = np.stack([bone.axis for bone in of])
    return Asf(length, names, rows, np.stack(offsets), axes, [bone.channels for bone in of], degrees)


def _turned(order: Sequence[str], radians: Sequence[Array]) -> Array:
    """(T, 3, 3) rotations about fixed axes, the first of them first."""
    turn = np.tile(np.eye(3), (len(radians[0]) if radians else 1, 1, 1))
    for axis, angle in zip(order, radians, strict=True):
        turn = axis_rotation(axis.upper(), angle) @ turn
    return turn


def transforms(asf: Asf, values: Array) -> tuple[Array, Array]:
    """World positions and rotations of every joint; a bone's rotation is by how much it is turned from its rest.

    Args:
        asf: the skeleton.
        values: (T, C) as of ``amc.read_amc``.

    Returns:
        (T, J, 3) file units, and (T, J, 3, 3).
    """
    moves = np.tile(asf.offsets, (len(values), 1, 1))
    turns = np.zeros((*moves.shape, 3))
    column = 0
    for joint in range(len(asf.names)):
        names = asf.channels[joint]
        at = {name: values[:, column + i] for i, name in enumerate(names)}
        column += len(names)
        turning = [name for name in names if name in TURNS]
        turn = _turned([name[1] for name in turning], [at[name] for name in turning])
        turns[:, joint] = asf.axes[joint] @ turn @ asf.axes[joint].T
        for i, name in enumerate(MOVES):
            moves[:, joint, i] += at.get(name, 0.0)
    return in_world(moves, turns, asf.parents)
