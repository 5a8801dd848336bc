"""Points of pictures that a moving camera took, as a still one would have seen them, and back.

Maps are those of ``Keypoints2D.still``: (T, 2, 3), affine, NaN where nobody knows how the camera moves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Maps = NDArray[np.floating] | None


def known(still: Maps, frames: int) -> NDArray[np.bool_]:
    """(T,) whether it is known how the camera moves; all true of one that stands."""
    return np.ones(frames, bool) if still is None else np.asarray(np.isfinite(still).all((1, 2)))


def to_still(xy: NDArray[np.floating], still: Maps) -> Floats:
    """Points (T, J, 2) of the pictures, in that of the still camera; a motion not known lies between those known."""
    if still is None:
        return np.asarray(xy, np.float64)
    maps = _filled(still)
    return np.asarray(np.einsum("tij,tkj->tki", maps[:, :, :2], xy) + maps[:, None, :, 2])


def to_pictures(xy: NDArray[np.floating], still: Maps) -> Floats:
    """The way back of ``to_still``."""
    if still is None:
        return np.asarray(xy, np.float64)
    maps = _filled(still)
    return np.asarray(np.einsum("tij,tkj->tki", np.linalg.inv(maps[:, :, :2]), xy - maps[:, None, :, 2]))


def enlarged(still: Maps, frames: int) -> Floats:
    """(T,) how many pixels of the picture one of the still camera's is, as the zoom has it."""
    if still is None:
        return np.ones(frames)
    return np.asarray(1 / np.sqrt(np.abs(np.linalg.det(_filled(still)[:, :, :2]))))


def _filled(still: NDArray[np.floating]) -> Floats:
    """Maps that are all known: between those before and after, and as the nearest at the ends; none where none is."""
    rows = np.arange(len(still))
    there = np.flatnonzero(known(still, len(still)))
    if not len(there):
        return np.tile(np.eye(2, 3), (len(still), 1, 1))
    numbers = np.asarray(still, np.float64)[there].reshape(-1, 6).T
    return np.stack([np.interp(rows, there, number) for number in numbers], -1).reshape(-1, 2, 3)
