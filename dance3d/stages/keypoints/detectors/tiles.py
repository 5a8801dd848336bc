"""The parts of a picture in which people are looked for, since the detector sees so little of a whole one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dance3d.stages.keypoints.detectors.regions import Region

AROUND = 1.5  # regions: side of somebody's surroundings
LARGE = 1.6  # regions: side of a square in which somebody of that size is well seen
FINER = 0.75  # of the picture's shorter side: squares larger than that show no more than those of that side

View = tuple[slice, slice]
"""Rows and columns."""


def squares(shape: Sequence[int]) -> list[View]:
    """A picture of (height, width) as a whole, and in squares of its shorter side that overlap by half or more."""
    height, width = shape[:2]
    whole = (slice(0, height), slice(0, width))
    parts = _row(max(height, width), min(height, width))
    if len(parts) == 1:
        return [whole]
    return [whole, *((whole[0], part) if width > height else (part, whole[1]) for part in parts)]


def smaller(shape: Sequence[int], people: Sequence[Region]) -> list[View]:
    """Smaller squares, likewise: in a row at the height of the people known, for others of their size.

    None where that would not be smaller. With nobody known, squares of half that side all over the picture.
    """
    height, width = shape[:2]
    if not people:
        side = max(min(height, width) // 2, 1)
        return [(rows, columns) for rows in _row(height, side) for columns in _row(width, side)]
    side = int(LARGE * float(np.median([region.side for region in people])))
    if side > FINER * min(height, width):
        return []
    middle = float(np.median([region.y for region in people]))
    top = int(np.clip(middle - side / 2, 0, height - side))
    return [(slice(top, top + side), part) for part in _row(width, side)]


def around(region: Region, shape: Sequence[int]) -> View:
    """A square around a region, as far as it lies in the picture, where at least its edge does."""
    half = AROUND * region.side / 2
    x, y = (min(max(at, 0), length - 1) for at, length in ((region.x, shape[1]), (region.y, shape[0])))
    return (
        slice(max(int(y - half), 0), min(int(y + half) + 1, shape[0])),
        slice(max(int(x - half), 0), min(int(x + half) + 1, shape[1])),
    )


def _row(length: int, side: int) -> list[slice]:
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [slice(start, start + side) for start in np.linspace(0, length - side, count).astype(int).tolist()]
