"""BVH motion files: reading and forward kinematics."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io import flaws
from dance3d.io.gzip_files import unpacked

MOST_JOINTS = 1000  # more than any body has; chosen
_BROKEN = 0.1  # chosen: with a larger share of broken rows a file is damaged
_COUNT = re.compile(r"Frames\s*:?\s*(-?\d{1,18})", re.IGNORECASE)
_PERIOD = re.compile(r"Frame\s*Time\s*:?\s*((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)", re.IGNORECASE)
_COMMA, _POINT = re.compile(r"[\s-]\d*,\d"), re.compile(r"[\s-]\d*\.\d")
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


def read_bvh(path: Path, strict: bool = False) -> Bvh:
    """Read a BVH file, plain or gzipped.

    The rows of the motion count, not the number that stands above them; where they differ, or a row is not whole and is
    left out, a warning says so.

    Args:
        path: the file.
        strict: refuse such a file instead.

    Raises:
        ValueError: the file is no BVH file, or its motion does not fit its hierarchy.
    """
    text = unpacked(path).decode(errors="ignore")
    if "," in text and _COMMA.search(text) and not _POINT.search(text):  # written where numbers have decimal commas
        text = text.replace(",", ".")
    found = re.search(r"^[^\S\n]*MOTION[^\S\n]*$", text, flags=re.MULTILINE)
    if not found or "HIERARCHY" not in text[: found.start()]:
        missing = "HIERARCHY" if found else "MOTION"
        raise ValueError(f"{path} is no BVH file, or is cut short: it has no {missing} section")
    head, tail = text[: found.start()], text[found.end() :]
    names, parents, offsets, channels = _hierarchy(head, path)
    width = sum(map(len, channels))
    if not width:
        raise ValueError(f"{path} has no channel in its HIERARCHY section")
    period, values = _motion(tail, text.count("\n", 0, found.end()) + 1, path, width, strict)
    return Bvh(names, parents, np.array(offsets), channels, period, values)


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
        opens = words[-1] == "{"  # on a line of its own, or behind a name
        words = words[:-1] if opens and len(words) > 1 else words
        try:
            if words[0] in ("ROOT", "JOINT", "End"):
                if len(names) == MOST_JOINTS:
                    raise ValueError(f"more than {MOST_JOINTS} joints")
                parents.append(stack[-1] if stack else -1)
                names.append(" ".join(words[1:]) if words[0] != "End" else names[stack[-1]] + "_End")
                offsets.append([0.0, 0.0, 0.0])
                channels.append([])
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
            if opens:
                stack.append(len(names) - 1)
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


def _motion(text: str, first: int, path: Path, width: int, strict: bool) -> tuple[float, NDArray[np.float64]]:
    """Seconds per frame, and (T, width) values: as many rows as there are, whatever the header counts.

    Args:
        text: what follows the word MOTION.
        first: number of its first line in the file.
        path: for errors.
        width: channels of a frame.
        strict: refuse a count that is wrong, and rows that are not whole.
    """
    blank = len(text) - len(text.lstrip())
    first += text.count("\n", 0, blank)
    lines = text[blank:].split("\n", 2)
    said = _header(lines, 0, _COUNT, first, path)
    period = float(_header(lines, 1, _PERIOD, first, path))
    if not 1e-5 < period < 1e5:
        raise ValueError(f"{path}, line {first + 1}: a frame lasts {period:g} s, which no motion has")
    body = lines[2] if len(lines) > 2 else ""
    values = plain_numbers(body)
    if values is None or values.size != int(said) * width or not values.size:
        values = _rows(body, first + 2, path, width, strict)
        if len(values) != int(said):
            flaws.tell(f"{path}, line {first}: says {said} frames, has {len(values)}", "all of these are read", strict)
    return period, values.reshape(-1, width)


def _header(lines: list[str], at: int, form: re.Pattern[str], first: int, path: Path) -> str:
    """The number in a line of the head of the motion."""
    line = lines[at].strip() if at < len(lines) else ""
    found = form.fullmatch(line)
    if found is None:
        raise ValueError(f"{path}, line {first + at}: {line[:60]!r} cannot be read, expected Frames: and Frame Time:")
    return found[1]


def plain_numbers(text: str) -> NDArray[np.float64] | None:
    """All numbers of a text in a row; none where one cannot be a place or an angle."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # of older numpy, for what is no number
            values = np.fromstring(text, np.float64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    return values if (np.abs(values) < _FURTHEST).all() else None


def _rows(text: str, first: int, path: Path, width: int, strict: bool) -> NDArray[np.float64]:
    """(T, width) of a motion that is not what its header says, line by line.

    For a line that is not whole stands the frame before it, so that those behind it keep their times; at the end, where
    a file is cut, it is left out.

    Raises:
        ValueError: there are too many of them, or ``strict``.
    """
    rows: list[NDArray[np.float64] | None] = []
    broken: list[str] = []
    for number, line in enumerate(text.split("\n"), first):
        if not line.strip():
            continue
        row = plain_numbers(line)
        whole = row is not None and len(row) == width
        rows.append(row if whole else None)
        if not whole:
            broken.append(f"line {number}: holds {'no finite numbers' if row is None else f'{len(row)} numbers'}")
    known = [row for row in rows if row is not None]
    if not known and (values := plain_numbers(text)) is not None and values.size and values.size % width == 0:
        return values.reshape(-1, width)  # lines are not frames
    if not known and not broken:
        raise ValueError(f"{path}, line {first}: holds nothing, expected the {width} of a frame")
    return held_rows(rows, broken, path, width, strict)


def held_rows(
    rows: list[NDArray[np.float64] | None], broken: Sequence[str], path: Path, width: int, strict: bool
) -> NDArray[np.float64]:
    """(T, width) with the row before it in place of one that is missing; at the end of a file they are left out.

    Args:
        rows: of a motion, none where one is not whole.
        broken: line and fault of each that is not.
        path: for errors.
        width: values of a row.
        strict: refuse them.

    Raises:
        ValueError: there are too many of them, or ``strict``.
    """
    known = [row for row in rows if row is not None]
    if len(broken) > max(1, _BROKEN * len(known)) or not known:
        raise ValueError(f"{path}, {broken[0]}, expected the {width} of a frame")
    if broken:
        more = f", and so on, {len(broken)} lines" if len(broken) > 1 else ""
        done = "left out" if rows[-1] is None else "the frame before stands for it"
        flaws.tell(f"{path}, {broken[0]}, not the {width} of a frame{more}", done, strict)
    while rows[-1] is None:
        rows.pop()
    at = np.maximum.accumulate([place if row is not None else 0 for place, row in enumerate(rows)])
    return np.stack([known[0] if (row := rows[place]) is None else row for place in at])


def axis_rotation(axis: str, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3, 3) rotations about one axis, a letter of ``XYZ``, by (T,) radians."""
    one = "XYZ".index(axis)
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
    moves, turns = np.zeros((frames, joints, 3)), np.zeros((frames, joints, 3, 3))
    column = 0
    for joint in range(joints):
        move = np.tile(bvh.offsets[joint], (frames, 1))
        turn = np.tile(np.eye(3), (frames, 1, 1))
        for name in bvh.channels[joint]:
            if name.endswith("position"):
                move[:, "XYZ".index(name[0])] = bvh.motion[:, column]
            else:
                turn = turn @ axis_rotation(name[0], np.deg2rad(bvh.motion[:, column]))
            column += 1
        moves[:, joint], turns[:, joint] = move, turn
    return in_world(moves, turns, bvh.parents)


def in_world(
    moves: NDArray[np.float64], turns: NDArray[np.float64], parents: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """World positions (T, J, 3) and rotations (T, J, 3, 3) of joints that are told from their parents.

    Args:
        moves: (T, J, 3) of each joint in its parent.
        turns: (T, J, 3, 3) of each joint in its parent.
        parents: (J,) of each, which come before it; below 0 for a root.
    """
    position, rotation = moves.copy(), turns.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            position[:, joint] = position[:, parent] + (rotation[:, parent] @ moves[:, joint, :, None])[..., 0]
            rotation[:, joint] = rotation[:, parent] @ turns[:, joint]
    return position, rotation
