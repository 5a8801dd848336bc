"""Bars in groups: the values of several methods side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dance3d.visualization.plots.page import ACCENT, FINE, GRID, MARGIN, TOP, WIDTH, Page, largest, short, ticks_between
from dance3d.visualization.skeleton import GREY, LEFT, MIDDLE, RIGHT, Colour, Image, text_width

SERIES: tuple[Colour, ...] = (GREY, ACCENT, RIGHT, LEFT, (214, 120, 200), MIDDLE)
"""Colours of series, in order: grey is for what the others are measured against."""
_BAR, _GAP, _BOTTOM = 13, 10, 44  # pixels


def series(
    values: Mapping[str, Mapping[str, float]],
    title: str,
    unit: str,
    top: float | None = None,
    digits: int = 2,
) -> Image:
    """Horizontal bars in groups: a group for each name, in it a bar for each series, with its value beside it.

    Args:
        values: by series, by name, none below 0; NaN or no name where there is none. Groups stand from the top, in the
            order in which names come first.
        title: of the picture.
        unit: what is measured, in which unit.
        top: the right end of the axis; by the largest value if not given.
        digits: after the decimal point.

    Returns:
        (H, 960, 3) uint8 RGB.

    Raises:
        ValueError: there is no value, or there are more than six series.
    """
    names = list(dict.fromkeys(name for one in values.values() for name in one))
    if not names or len(values) > len(SERIES):
        raise ValueError(
            f"{len(names)} names in {len(values)} series; expected a name, and at most {len(SERIES)} series"
        )
    colours = dict(zip(values, SERIES if len(values) > 1 else SERIES[1:], strict=False))
    ticks = ticks_between(0.0, top or largest([v for one in values.values() for v in one.values()]))
    row = _BAR * len(values) + _GAP
    page = Page(TOP + row * len(names) + _BOTTOM, title, unit)
    x0 = MARGIN + max(text_width(name, 11 * FINE) for name in names) / FINE + 16
    x1, y1 = WIDTH - MARGIN - 50, TOP + row * len(names)
    if len(values) > 1:
        page.key(colours, 38)
    for tick in ticks:
        at = x0 + (x1 - x0) * tick / ticks[-1]
        page.line((at, TOP - 6), (at, y1), GRID)
        page.text(short(tick), (at, y1 + 22), 9, GREY, anchor=0.5)
    for number, name in enumerate(names):
        y = TOP + row * number
        page.text(name, (x0 - 16, y + (row - _GAP) / 2 + 6), 11, MIDDLE, anchor=1.0)
        for place, one in enumerate(values):
            high, value = y + _BAR * place, values[one].get(name, float("nan"))
            if np.isfinite(value):
                end = x0 + (x1 - x0) * min(value / ticks[-1], 1.0)
                page.box((x0, high + 1), (end, high + _BAR - 2), colours[one])
                page.text(f"{value:.{digits}f}", (end + 7, high + _BAR - 3), 8, MIDDLE)
            else:
                page.text("none", (x0 + 7, high + _BAR - 3), 8, GREY)
    page.line((x0, TOP - 6), (x0, y1), GREY)
    return page.finished()
