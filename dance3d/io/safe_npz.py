"""Read ``.npz`` files from untrusted sources: what a header declares is checked before memory is allocated."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.safe_pickle import unpickled

MOST_BYTES = 2**31  # of all arrays together, inflated; chosen
_PART = 2**20  # bytes read at once
_RATIO = 1040  # the most that deflate makes smaller is 1032 to 1
MOST_ARRAYS = 1000  # more than any known format has; chosen
_HEADER_FAULTS = (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError, OverflowError, TokenError)
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(
    path: Path,
    objects: bool = False,
    most: int | None = None,
    check: Callable[[str, tuple[int, ...]], None] = lambda name, shape: None,
) -> dict[str, NDArray[Any]]:
    """Every array of an ``.npz``.

    Args:
        path: the file.
        objects: arrays of pickled objects are rebuilt too, as far as they are data (``unpickle``).
        most: bytes of all arrays together; ``MOST_BYTES`` if not given.
        check: is called with name and shape of every array before it is read, and may raise.

    Raises:
        ValueError: not such a file, more than ``most`` once inflated or than it can hold, an array that is not what its
            header says, or pickled objects that are not asked for or not only data.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            if len(set(names)) < len(names) or len(names) > MOST_ARRAYS:
                raise ValueError(f"{path}: holds {len(names)} arrays, some twice, or more than {MOST_ARRAYS}")
            declared = sum(member.file_size for member in members)
            left = MOST_BYTES if most is None else most
            if declared > left:
                raise ValueError(f"{path}: inflates to {declared} bytes, more than the {left} that are read")
            if declared > _RATIO * path.stat().st_size:
                raise ValueError(f"{path}: declares {declared} bytes, more than it can hold")
            found = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as stream:
                    where, size = f"{path}: {member.filename}", min(member.file_size, left)
                    array = _array(stream, size, where, objects, partial(check, name))
                left -= array.nbytes
                found[name] = array
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        with path.open("rb") as file:
            bare = file.read(6) == np.lib.format.MAGIC_PREFIX
        what = "holds one bare array, expected an .npz" if bare else "is not an .npz file, or is damaged"
        raise ValueError(f"{path}: {what}") from error


def _array(
    stream: IO[bytes], most: int, name: str, objects: bool, check: Callable[[tuple[int, ...]], None]
) -> NDArray[Any]:
    """One array: the header first, then no more than it declares.

    Args:
        stream: of the member.
        most: bytes that it may have.
        name: for errors.
        objects: as in ``read_npz``.
        check: is called with the shape.
    """
    try:
        shape, fortran, dtype = _READERS[np.lib.format.read_magic(stream)](stream)
    except _HEADER_FAULTS as error:
        raise ValueError(f"{name}: is not an array as numpy writes them") from error
    check(shape)
    if dtype.hasobject:
        if not objects:
            raise ValueError(f"{name}: holds pickled objects, which can run code and are not read here")
        rebuilt = unpickled(stream.read(most), name)
        if not isinstance(rebuilt, np.ndarray) or rebuilt.shape != shape:
            raise ValueError(f"{name}: holds something else than the array of objects that it declares")
        return rebuilt
    if dtype.kind not in "biufcSU" or not dtype.itemsize or any(not 0 <= n < 2**40 for n in shape):
        raise ValueError(f"{name}: holds an array of type {str(dtype)[:60]} and shape {str(shape)[:60]}")
    size = math.prod(shape) * dtype.itemsize
    if size > most:
        raise ValueError(f"{name}: declares shape {shape}, {size} bytes, and holds at most {most}")
    data = bytearray(size)
    held = _fill(stream, memoryview(data))
    if held != size or stream.read(1):
        raise ValueError(f"{name}: declares shape {shape}, {size} bytes, and holds {held if held < size else 'more'}")
    if size == 0:
        return np.zeros(shape, dtype)
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    array.flags.writeable = False
    return array


def _fill(stream: IO[bytes], room: memoryview) -> int:
    """Bytes read into the room: all of it, or those that there are."""
    held = 0
    while held < len(room) and (part := stream.read(min(len(room) - held, _PART))):
        room[held : held + len(part)] = part
        held += len(part)
    return held
