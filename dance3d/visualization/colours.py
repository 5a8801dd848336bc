"""The colour of every dancer, the same in every picture and page."""

from __future__ import annotations

PALETTE: tuple[tuple[int, int, int], ...] = (
    (255, 209, 82),
    (126, 217, 172),
    (240, 138, 196),
    (142, 168, 255),
    (242, 120, 92),
    (166, 222, 78),
    (88, 214, 234),
    (194, 146, 240),
)  # pale enough for dark letters on them, and for lines on a dark picture


def colour(person: int) -> tuple[int, int, int]:
    """RGB of a dancer, the same wherever the number is."""
    return PALETTE[(person - 1) % len(PALETTE)]
