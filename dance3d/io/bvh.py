"""BVH motion files: reading and forward kinematics."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.gzip_files import unpacked

MOST_JOINTS = 1000  # more than any body has; chosen
_FURTHEST = 1e7  # file units and degrees: beyond, a number is damage


@dataclass(frozen=True, eq=False)
class Bvh:
    """A parsed BVH file.

    Attributes:
        names: joint names in file order; the end of a chain is called ``<parent>_End``.
        parents: row of each joint's parent, -1 for the root.
        offsets: (J, 3) offset from the parent, file units.
        channels: per joint its channel names, such as ``Xposition``, in file order.
        period: seconds per frame.
        motion: (T, C) one column per channel; file units and degrees.
    """

    names: list[str]
    parents: list[int]
    offsets: NDArray[np.float64]
    channels: list[list[str]]
    period: float
    motion: NDArray[np.float64]


def read_bvh(path: Path) -> Bvh:
    """Read a BVH file, plain or gzipped.

    Raises:
        ValueError: the file is no BVH file, or its motion does not fit its hierarchy.
    """
    text = unpacked(path).decode(errors="ignore")
    found = re.search(r"^[^\S\n]*MOTION[^\S\n]*$", text, flags=re.MULTILINE)
    if not found or "HIERARCHY" not in text[: found.start()]:
        missing = "HIERARCHY" if found else "MOTION"
        raise ValueError(f"{path} is no BVH file, or is cut short: it has no {missing} section")
    head, tail = text[: found.start()], text[found.end() :]
    names, parents, offsets, channels = _hierarchy(head, path)
    frames, period, values = _motion(tail, path)
    width = sum(map(len, channels))
    if not width or values.size != frames * width:
        raise ValueError(f"{path} holds {values.size} motion values, expected {frames} frames x {width} channels")
    return Bvh(names, parents, np.array(offsets), channels, period, values.reshape(frames, width))


def _hierarchy(text: str, path: Path) -> tuple[list[str], list[int], list[list[float]], list[list[str]]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[list[str]] = []
    stack: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            if words[0] in ("ROOT", "JOINT", "End"):
                if len(names) == MOST_JOINTS:
                    raise ValueError(f"more than {MOST_JOINTS} joints")
                parents.append(stack[-1] if stack else -1)
                names.append(" ".join(words[1:]) if words[0] != "End" else names[stack[-1]] + "_End")
                offsets.append([0.0, 0.0, 0.0])
                channels.append([])
            elif words[0] == "{":
                stack.append(len(names) - 1)
            elif words[0] == "}":
                stack.pop()
            elif words[0] == "OFFSET":
                x, y, z = (float(word) for word in words[1:4])
                offsets[stack[-1]] = [x, y, z]
                if not max(abs(x), abs(y), abs(z)) < _FURTHEST:
                    raise ValueError("an offset is not finite, or too far")
            elif words[0] == "CHANNELS":
                channels[stack[-1]] = words[2:]
                _check_channels(words[2:], int(words[1]))
        except (IndexError, ValueError) as error:
            raise ValueError(
                f"{path}, line {number}: {line.strip()!r} does not fit a BVH hierarchy ({error})"
            ) from error
    if not names or stack:
        raise ValueError(f"{path} has {'an unclosed brace' if stack else 'no joint'} in its HIERARCHY section")
    return names, parents, offsets, channels


def _check_channels(names: list[str], count: int) -> None:
    if len(names) != count or len(set(names)) < count:
        raise ValueError(f"{count} channels are declared, {len(set(names))} different ones named")
    for name in names:
        if name[:1] not in ("X", "Y", "Z") or name[1:] not in ("position", "rotation"):
            raise ValueError(f"channel {name!r} is not known; choose from Xposition .. Zrotation")


def _motion(text: str, path: Path) -> tuple[int, float, NDArray[np.float64]]:
    """Number of frames, seconds per frame and all values in a row."""
    lines = text.lstrip().split("\n", 2)
    try:
        frames, period = int(lines[0].split(":")[1]), float(lines[1].split(":")[1])
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # of older numpy, for what is no number
            values = np.fromstring(lines[2] if len(lines) > 2 else "", np.float64, sep=" ")
    except (IndexError, ValueError, DeprecationWarning) as error:
        raise ValueError(f"{path} has a MOTION section that cannot be read: {error}") from error
    if frames < 1 or not 1e-5 < period < 1e5 or not (np.abs(values) < _FURTHEST).all():
        raise ValueError(f"{path} has {frames} frames of {period} s; expected at least one, all values finite")
    return frames, period, values


def _rotation(axis: str, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3, 3) rotations about one axis."""
    angle, one = np.deg2rad(degrees), "XYZ".index(axis)
    two, three = (one + 1) % 3, (one + 2) % 3
    out = np.zeros((len(angle), 3, 3))
    out[:, one, one] = 1
    out[:, two, two] = out[:, three, three] = np.cos(angle)
    out[:, three, two] = np.sin(angle)
    out[:, two, three] = -np.sin(angle)
    return out


def transforms(bvh: Bvh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """World positions (T, J, 3), file units, and rotations (T, J, 3, 3) of every joint."""
    frames, joints = len(bvh.motion), len(bvh.names)
    position = np.zeros((frames, joints, 3))
    rotation = np.zeros((frames, joints, 3, 3))
    column = 0
    for joint, parent in enumerate(bvh.parents):
        move = np.tile(bvh.offsets[joint], (frames, 1))
        turn = np.tile(np.eye(3), (frames, 1, 1))
        for name in bvh.channels[joint]:
            if name.endswith("position"):
                move[:, "XYZ".index(name[0])] = bvh.motion[:, column]
            else:
                turn = turn @ _rotation(name[0], bvh.motion[:, column])
            column += 1
        if parent < 0:
            position[:, joint], rotation[:, joint] = move, turn
        else:
            position[:, joint] = position[:, parent] + (rotation[:, parent] @ move[..., None])[..., 0]
            rotation[:, joint] = rotation[:, parent] @ turn
    return position, rotation
