"""Tiles of a picture in which people are detected, since the detector reduces a picture to 224 pixels.

The constants are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dance3d.stages.keypoints.detectors.regions import Region

SURROUNDINGS = 1.5  # sides of a region: side of the square around a person
TILE_SIDE = 1.6  # sides of a region: side of a tile in which a person of that size is found reliably
LEAST_SIDE = 24  # pixels: shorter side of a picture below which nobody can be told in parts of it
MOST_TILES = 32  # in a row: of very long pictures tiles are longer than high
MOST_SIDE = 0.75  # of the picture's shorter side: larger tiles are not smaller enough to find more

View = tuple[slice, slice]
"""Rows and columns."""


def square_tiles(shape: Sequence[int]) -> list[View]:
    """The whole picture of (height, width), and squares of its shorter side that overlap by half or more."""
    height, width = shape[:2]
    whole = (slice(0, height), slice(0, width))
    if min(height, width) < LEAST_SIDE:
        return [whole]
    tiles = _row(max(height, width), _long_enough(min(height, width), max(height, width)))
    if len(tiles) == 1:
        return [whole]
    return [whole, *((whole[0], part) if width > height else (part, whole[1]) for part in tiles)]


def small_tiles(shape: Sequence[int], people: Sequence[Region]) -> list[View]:
    """Smaller squares that overlap by half or more, for people of the size of those known, in a row at their height.

    None where they would hardly be smaller. With nobody known, squares of half the shorter side over the whole picture.
    """
    height, width = shape[:2]
    if not people:
        side = min(height, width) // 2
        if side < LEAST_SIDE:
            return []
        rows, columns = (_row(length, _long_enough(side, length)) for length in (height, width))
        return [(down, along) for down in rows for along in columns]
    side = int(TILE_SIDE * float(np.median([region.side for region in people])))
    if side > MOST_SIDE * min(height, width):
        return []
    middle = float(np.median([region.y for region in people]))
    top = int(np.clip(middle - side / 2, 0, height - side))
    return [(slice(top, top + side), part) for part in _row(width, side)]


def around(region: Region, shape: Sequence[int]) -> View:
    """A square around a region, cut to the picture; never empty."""
    half = SURROUNDINGS * region.side / 2
    x, y = (min(max(at, 0), length - 1) for at, length in ((region.x, shape[1]), (region.y, shape[0])))
    return (
        slice(max(int(y - half), 0), min(int(y + half) + 1, shape[0])),
        slice(max(int(x - half), 0), min(int(x + half) + 1, shape[1])),
    )


def _long_enough(side: int, length: int) -> int:
    """A tile's side of which ``MOST_TILES`` cover the length with overlaps of half."""
    return max(side, int(np.ceil(2 * length / (MOST_TILES + 1))))


def _row(length: int, side: int) -> list[slice]:
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [slice(start, start + side) for start in np.linspace(0, length - side, count).astype(int).tolist()]
