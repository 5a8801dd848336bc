"""How large a stored picture is shown."""

from __future__ import annotations

from fractions import Fraction

Size = tuple[int, int]
"""Width and height, pixels."""


def square(stored: Size, aspect: Fraction | float | None) -> Size:
    """The size with square pixels in which nothing of the picture is lost.

    Args:
        stored: as it is decoded.
        aspect: width over height of a stored pixel; square ones where none or 0 is given.
    """
    ratio = float(aspect or 1)
    return round(stored[0] * max(ratio, 1)), round(stored[1] / min(ratio, 1))


def at_most(size: Size, longest: int | None) -> Size:
    """The size made smaller until its longer side has ``longest`` pixels; as it is where that is none."""
    if longest is None or max(size) <= longest:
        return size
    scale = longest / max(size)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
