"""Read ``.npz`` files from untrusted sources: what a header declares is checked before memory is allocated."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.safe_pickle import unpickled

MOST_BYTES = 2**31  # of all arrays together, inflated; chosen
MOST_ARRAYS = 1000  # more than any known format has; chosen
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(path: Path, objects: bool = False) -> dict[str, NDArray[Any]]:
    """Every array of an ``.npz``.

    Args:
        path: the file.
        objects: arrays of pickled objects are rebuilt too, as far as they are data (``unpickle``).

    Raises:
        ValueError: not such a file, more than ``MOST_BYTES`` once inflated, an array that is not what its header says,
            or pickled objects that are not asked for or not only data.
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
            if declared > MOST_BYTES:
                raise ValueError(f"{path}: inflates to {declared} bytes, more than the {MOST_BYTES} that are read")
            left, found = MOST_BYTES, {}
            for member in members:
                with archive.open(member) as stream:
                    data = stream.read(min(member.file_size, left) + 1)
                left -= len(data)
                found[member.filename.removesuffix(".npy")] = _array(data, f"{path}: {member.filename}", objects)
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        with path.open("rb") as file:
            bare = file.read(6) == np.lib.format.MAGIC_PREFIX
        what = "holds one bare array, expected an .npz" if bare else "is not an .npz file, or is damaged"
        raise ValueError(f"{path}: {what}") from error


def _array(data: bytes, name: str, objects: bool) -> NDArray[Any]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        shape, fortran, dtype = _READERS[version](stream)
    except (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{name}: is not an array as numpy writes them") from error
    if dtype.hasobject:
        if not objects:
            raise ValueError(f"{name}: holds pickled objects, which can run code and are not read here")
        rebuilt = unpickled(data[stream.tell() :], name)
        if not isinstance(rebuilt, np.ndarray) or rebuilt.shape != shape:
            raise ValueError(f"{name}: holds something else than the array of objects that it declares")
        return rebuilt
    if dtype.kind not in "biufcSU" or not dtype.itemsize or any(not 0 <= n < 2**40 for n in shape):
        raise ValueError(f"{name}: holds an array of type {str(dtype)[:60]} and shape {str(shape)[:60]}")
    size, held = math.prod(shape) * dtype.itemsize, len(data) - stream.tell()
    if held != size:
        raise ValueError(f"{name}: declares shape {shape}, {size} bytes, and holds {held}")
    if size == 0:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape, order="F" if fortran else "C")
