"""C3D files of markers, after the format's description at c3d.org: header, parameters, points of every frame.

A reader of our own, as the usual library in C++ crashes on damaged files and accepts truncated ones.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io import flaws
from dance3d.io.gzip_files import unpacked

Array = NDArray[np.float64]

_BLOCK = 512  # bytes of a block, by the format
_KEY = 0x50  # second byte of the file
_ORDERS = {84: "<", 85: "<", 86: ">"}  # Intel, DEC, MIPS
_DEC = 85  # the processor whose floats differ, see ``_floats``
_TYPES = {-1: "S1", 1: "u1", 2: "i2", 4: "f4"}  # of a parameter, by its size
Parameters = dict[tuple[str, str], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class C3d:
    """What a C3D file says of its markers.

    Attributes:
        labels: names of the markers, as many as ``points`` has.
        points: (T, N, 3) file units, NaN where a marker was not seen.
        rate: frames per second.
        units: as written, such as ``mm``; may be empty.
    """

    labels: list[str]
    points: Array
    rate: float
    units: str


def read_c3d(path: Path, strict: bool = False) -> C3d:
    """Read a C3D file, plain or gzipped.

    A file that is cut is read as far as its frames are whole, and a warning says how far.

    Args:
        path: the file.
        strict: refuse such a file instead.

    Raises:
        ValueError: no C3D file, or one that does not hold what it declares.
    """
    data = unpacked(path)
    if len(data) < _BLOCK or data[1] != _KEY:
        raise ValueError(f"{path} is no C3D file")
    try:
        found, declared = _read(data)
    except (struct.error, ValueError, IndexError, OverflowError, KeyError) as error:
        raise ValueError(f"{path} is a damaged C3D file: {error}") from error
    if len(found.points) < declared:
        flaws.tell(f"{path}: says {declared} frames, has {len(found.points)}", "all of these are read", strict)
    return found


def _read(data: bytes) -> tuple[C3d, int]:
    """What a file holds, and how many frames it says it has."""
    start = (data[0] - 1) * _BLOCK
    processor = data[start + 3] if 0 <= start < len(data) - 4 else 0
    if processor not in _ORDERS:  # the two bytes before its number mean nothing, the format says
        raise ValueError("it has no parameters where its header says")
    order = _ORDERS[processor]
    stored = dict(_parameters(data, start + 4, processor))
    count, analog, first, last = struct.unpack_from(order + "4H", data, 2)
    scale = float(_floats(data[12:16], processor)[0])
    [block] = struct.unpack_from(order + "H", data, 16)
    rate = stored.get(("POINT", "RATE"), _floats(data[20:24], processor))
    labels = [label for number in range(1, 50) for label in _texts(stored, f"LABELS{number if number > 1 else ''}")]
    frames = _frames(stored, last - first + 1)
    fps = float(rate.ravel()[0])
    if not 0 < fps < 1e5 or not math.isfinite(scale) or scale == 0 or not count or frames < 1:
        raise ValueError(f"{count} points, {frames} frames, {fps:g} a second, scale {scale:g}")
    points = _points(data[max(block - 1, 0) * _BLOCK :], frames, count, analog, scale, processor)
    return C3d(labels[:count], points[:, : len(labels)], fps, "".join(_texts(stored, "UNITS")[:1])), frames


def _parameters(data: bytes, at: int, processor: int) -> Iterator[tuple[tuple[str, str], NDArray[Any]]]:
    """Every parameter by group and name; each record says where the next one begins, always further on."""
    order, groups, found = _ORDERS[processor], {}, []
    while at + 2 <= len(data):
        length, group = struct.unpack_from("2b", data, at)
        if length == 0:
            break
        at += 2
        name = data[at : at + abs(length)].decode("latin-1").upper().strip()
        at += abs(length)
        [step] = struct.unpack_from(order + "H", data, at)
        if group < 0:
            groups[-group] = name
        else:
            found.append((group, name, _value(data, at + 2, processor)))
        if step == 0:
            break
        at += step
    for group, name, value in found:
        yield (groups.get(group, ""), name), value


def _value(data: bytes, at: int, processor: int) -> NDArray[Any]:
    """A parameter's array; the first axis varies fastest, so that the axes come out reversed."""
    size, axes = struct.unpack_from("bB", data, at)
    shape = tuple(data[at + 2 : at + 2 + axes])
    if size not in _TYPES or len(shape) < axes or axes > 7:
        raise ValueError("a parameter of unknown type")
    start, count = at + 2 + axes, math.prod(shape)
    content = data[start : start + count * abs(size)]
    if len(content) < count * abs(size):
        raise ValueError("a parameter longer than the file")
    if size == 4:
        values: NDArray[Any] = _floats(content, processor)
    else:
        values = np.frombuffer(content, _ORDERS[processor] + _TYPES[size])
    return values.reshape(shape[::-1])


def _floats(content: bytes, processor: int) -> Array:
    """Numbers of four bytes; DEC's have their halves exchanged and are four times as large."""
    with np.errstate(invalid="ignore"):  # damage may be a signalling NaN
        if processor != _DEC:
            return np.frombuffer(content, _ORDERS[processor] + "f4").astype(np.float64)
        halves = np.frombuffer(content, "<u2").astype(np.uint32).reshape(-1, 2)
        return ((halves[:, 0] << 16) | halves[:, 1]).view(np.float32).astype(np.float64) / 4


def _texts(stored: Parameters, name: str) -> list[str]:
    """Texts of a parameter of the points, without the blanks that fill them up."""
    value = stored.get(("POINT", name))
    if value is None or value.dtype.kind != "S" or value.ndim == 0:
        return []
    rows = value.reshape(-1, value.shape[-1]) if value.size else value[:0].reshape(0, 1)
    return [row.tobytes().decode("latin-1").strip(" \0") for row in rows]


def _frames(stored: Parameters, in_header: int) -> int:
    """Number of frames; the header's two bytes are too small for long files, which say it in their parameters."""
    ends = [stored.get(("TRIAL", f"ACTUAL_{end}_FIELD")) for end in ("START", "END")]
    if all(end is not None and end.size == 2 and end.dtype.kind == "i" for end in ends):
        first, last = (int(end[0]) % 2**16 + int(end[1]) % 2**16 * 2**16 for end in ends if end is not None)
        return last - first + 1
    said = stored.get(("POINT", "FRAMES"))
    if said is not None and said.size == 1 and (in_header < 1 or in_header >= 2**16 - 1):
        value = float(said.ravel()[0])
        return int(value) % 2**16 if said.dtype.kind == "i" else int(value)
    return in_header


def _points(data: bytes, frames: int, count: int, analog: int, scale: float, processor: int) -> Array:
    """(T, N, 3) of the frames that are whole; numbers are to be scaled, or floats where the scale is negative."""
    size, width = (4 if scale < 0 else 2), count * 4 + analog
    if len(data) < width * size:
        raise ValueError(f"a frame needs {width * size} bytes of points, it has {len(data)}")
    frames = min(frames, len(data) // (width * size))
    needed = frames * width * size
    if scale < 0:
        values = _floats(data[:needed], processor)
    else:
        values = np.frombuffer(data[:needed], _ORDERS[processor] + "i2").astype(np.float64)
    rows = values.reshape(frames, width)[:, : count * 4].reshape(frames, count, 4)
    places = rows[..., :3] * (1.0 if scale < 0 else scale)
    places[(rows[..., 3] < 0) | (places == 0).all(-1) | ~np.isfinite(places).all(-1)] = np.nan
    return places
