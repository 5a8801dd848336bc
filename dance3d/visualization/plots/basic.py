"""Bars with names, and curves and upright bars over a measured axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from dance3d.visualization.plots.page import (
    ACCENT,
    BOTTOM,
    FINE,
    GRID,
    MARGIN,
    ROW,
    TOP,
    WIDTH,
    Page,
    axes,
    largest,
    short,
    ticks_between,
)
from dance3d.visualization.skeleton import GREY, MIDDLE, Colour, Image, text_width


def bars(
    values: Mapping[str, float], title: str, unit: str, colours: Mapping[str, Colour] | None = None, digits: int = 0
) -> Image:
    """Horizontal bars, one per name, from the top in the order given, with their values beside them.

    Args:
        values: by name, none below 0; NaN where there is none.
        title: of the picture.
        unit: what is measured, in which unit.
        colours: of some of the names.
        digits: after the decimal point.

    Returns:
        (H, 960, 3) uint8 RGB, 30 pixels a name.

    Raises:
        ValueError: there is no name.
    """
    if not values:
        raise ValueError("a bar plot needs a value")
    ticks = ticks_between(0.0, largest(list(values.values())))
    left = MARGIN + max(text_width(name, 11 * FINE) for name in values) / FINE + 16
    page = Page(TOP + ROW * len(values) + BOTTOM - 20, title, unit)
    x0, x1, y1 = left, WIDTH - MARGIN - 50, TOP + ROW * len(values)
    for tick in ticks:
        at = x0 + (x1 - x0) * tick / ticks[-1]
        page.line((at, TOP - 6), (at, y1), GRID)
        page.text(short(tick), (at, y1 + 22), 9, GREY, anchor=0.5)
    for row, (name, value) in enumerate(values.items()):
        y = TOP + ROW * row
        page.text(name, (left - 16, y + ROW / 2 + 5), 11, MIDDLE, anchor=1.0)
        if np.isfinite(value):
            end = x0 + (x1 - x0) * value / ticks[-1]
            page.box((x0, y + 4), (end, y + ROW - 4), (colours or {}).get(name, ACCENT))
            page.text(f"{value:.{digits}f}", (end + 8, y + ROW / 2 + 5), 11, MIDDLE)
        else:
            page.text("none", (x0 + 8, y + ROW / 2 + 5), 9, GREY)
    page.line((x0, TOP - 6), (x0, y1), GREY)
    return page.finished()


def curve(x: Sequence[float], y: Sequence[float], title: str, unit: str, x_unit: str) -> Image:
    """Points joined by a line, from 0 up; it is interrupted where a value is NaN.

    Args:
        x: N places, increasing.
        y: N values, none below 0.
        title: of the picture.
        unit: what is measured upwards, in which unit.
        x_unit: the same along.

    Returns:
        (540, 960, 3) uint8 RGB.

    Raises:
        ValueError: as many places as values are needed, and one at least.
    """
    places, values = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    if places.shape != values.shape or not len(places):
        raise ValueError(f"a curve of {len(places)} places has {len(values)} values; expected as many, one at least")
    page, to_page = axes(float(places[0]), float(places[-1]), largest(list(values)), title, unit, x_unit)
    points = [to_page(place, value) for place, value in zip(places, values, strict=True)]
    for first, second in pairwise(points):
        if np.isfinite([*first, *second]).all():
            page.line(first, second, ACCENT, 2.5)
    for point in points:
        if np.isfinite(point).all() and len(points) <= 60:
            page.dot(point, 4, ACCENT)
    return page.finished()


def histogram(edges: Sequence[float], values: Sequence[float], title: str, unit: str, x_unit: str) -> Image:
    """Upright bars between neighbouring edges.

    Args:
        edges: N + 1 places, increasing.
        values: N values, none below 0; NaN where there is none.
        title: of the picture.
        unit: what is measured upwards, in which unit.
        x_unit: the same along.

    Returns:
        (540, 960, 3) uint8 RGB.

    Raises:
        ValueError: there is not one edge more than values, or no value.
    """
    between, heights = np.asarray(edges, float), np.atleast_1d(np.asarray(values, float))
    if len(between) != len(heights) + 1 or not len(heights):
        raise ValueError(f"{len(heights)} bars have {len(between)} edges; expected one more than bars, and a bar")
    page, to_page = axes(float(between[0]), float(between[-1]), largest(list(heights)), title, unit, x_unit)
    for low, high, value in zip(between, between[1:], heights, strict=False):
        if np.isfinite(value):
            (x0, y0), (x1, y1) = to_page(low, value), to_page(high, 0.0)
            page.box((x0 + 2, y0), (x1 - 2, y1), ACCENT)
    return page.finished()
