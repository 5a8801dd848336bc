"""Plots of movements over time: true ones above those found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.movement_types import Movement
from dance3d.timeseries.segments import THRESHOLD, segments
from dance3d.visualization.plots.page import FINE, GRID, MARGIN, TOP, WIDTH, Page, short, ticks_between
from dance3d.visualization.skeleton import GREY, LEFT, MIDDLE, RIGHT, Colour, Image, text_width

MOST = 24
"""Rows of a timeline at most."""
WRONG: Colour = (226, 74, 126)
_ROW = 24  # pixels


def side_colour(name: str) -> Colour:
    """Orange for movements ``part.label`` of the left, blue for the right, near white between."""
    return LEFT if name.startswith("l_") else RIGHT if name.startswith("r_") else MIDDLE


def movement_title(name: str) -> str:
    """The name of a movement ``part.label`` as a person reads it, a user's own ones too."""
    part, _, label = name.partition(".")
    return Movement(part, label, "", "").title


def timeline(
    true: NDArray[np.generic],
    found: NDArray[np.generic],
    time: NDArray[np.floating],
    names: Sequence[str],
    title: str = "Movements",
    most: int = MOST,
) -> Image:
    """When the busiest movements happen, and beneath each when it was found.

    The upper bar of a row is the truth, in the colour of the side; the lower one what was found: in the same colour
    where that is right, in pink where it is not.

    Args:
        true: (T, C) flags, or probabilities of which half and more count; NaN is nothing.
        found: likewise.
        time: (T,) seconds, increasing.
        names: C names ``part.label``.
        title: of the picture.
        most: rows; the movements that happen or are found for longest.

    Returns:
        (H, 960, 3) uint8 RGB.

    Raises:
        ValueError: the shapes do not fit, or there is no frame.
    """
    if true.shape != found.shape or true.shape != (len(time), len(names)) or not len(time):
        shapes = f"{true.shape}, {found.shape} and {np.shape(time)}"
        raise ValueError(f"true, found and time have shapes {shapes}, expected (T, {len(names)}) twice and (T,), T > 0")
    happens, seen = (np.nan_to_num(np.asarray(x, float)) >= THRESHOLD for x in (true, found))
    busy = np.maximum(happens.sum(0), seen.sum(0))
    shown = np.sort(np.argsort(-busy, kind="stable")[:most])
    shown = shown[busy[shown] > 0]
    page = Page(TOP + _ROW * max(len(shown), 1) + 56, title, "above: true; beneath: found, pink where it is wrong")
    label = max([text_width(movement_title(names[i]), 10 * FINE) for i in shown], default=0) / FINE
    x0, x1, y1 = MARGIN + label + 14, WIDTH - MARGIN, TOP + _ROW * max(len(shown), 1)
    step = float(time[-1] - time[0]) / (len(time) - 1) if len(time) > 1 else 1.0
    low, high = float(time[0]), float(time[-1]) + step
    for tick in ticks_between(low, high):
        if low - 1e-9 <= tick <= high + 1e-9:
            at = x0 + (x1 - x0) * (tick - low) / (high - low)
            page.line((at, TOP - 6), (at, y1), GRID)
            page.text(short(tick), (at, y1 + 20), 9, GREY, anchor=0.5)
    page.text("seconds", ((x0 + x1) / 2, y1 + 42), 10, GREY, anchor=0.5)
    if not len(shown):
        page.text("no movement happens, and none was found", (x0 + 8, TOP + 16), 10, GREY)
    ends = np.append(np.asarray(time, float), high)
    to_page = x0 + (x1 - x0) * (ends - low) / (high - low)
    for row, column in enumerate(shown):
        y, colour = TOP + _ROW * row, side_colour(names[column])
        page.text(movement_title(names[column]), (x0 - 14, y + _ROW / 2 + 3), 10, MIDDLE, anchor=1.0)
        page.line((x0, y + _ROW - 1), (x1, y + _ROW - 1), GRID)
        bars = ((happens, 2, 11, colour), (seen & happens, 12, 20, colour), (seen & ~happens, 12, 20, WRONG))
        for flags, upper, lower, paint in bars:
            for start, stop in segments(flags[:, column]):
                page.box((to_page[start], y + upper), (to_page[stop], y + lower), paint)
    return page.finished()
