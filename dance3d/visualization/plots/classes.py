"""Plots of classifications: confusion matrix and reliability curve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dance3d.visualization.plots.page import ACCENT, FINE, GRID, MARGIN, TALL, TOP, WIDTH, Page, Scale, ticks_between
from dance3d.visualization.skeleton import GREY, LEFT, MIDDLE, OUTLINE, Colour, Image, text_width

if TYPE_CHECKING:  # plots are drawn without torchmetrics
    from dance3d.metrics.calibration import Reliability

_LARGEST = (150, 84)  # pixels of a cell
_COUNTS = 150  # pixels under a reliability curve for the histogram


def confusion(counts: NDArray[np.generic], names: Sequence[str], title: str, unit: str = "") -> Image:
    """Confusion matrix: a row for each true class, a column for each answer; shares of the row, and counts.

    Right answers are green, wrong ones orange, the more the brighter.

    Args:
        counts: (G, G) how often the class of the row was taken for that of the column.
        names: G classes.
        title: of the picture.
        unit: what is counted.

    Returns:
        (H, 960, 3) uint8 RGB.

    Raises:
        ValueError: the counts are not (G, G), or there is no class.
    """
    table, size = np.asarray(counts, float), len(names)
    if table.shape != (size, size) or not size:
        raise ValueError(f"counts of {size} classes have shape {table.shape}, expected ({size}, {size}), one at least")
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    label = [name if len(name) <= 18 else name[:17] + "." for name in names]
    wide = max(text_width(name, 11 * FINE) for name in label) / FINE
    left = MARGIN + wide + 30
    width = min((WIDTH - MARGIN - 60 - left) / size, _LARGEST[0])
    height = min(max(width * 0.62, 34.0), _LARGEST[1])
    level = wide < width - 8  # names of columns fit side by side
    top = TOP + (30 if level else wide + 16)
    page = Page(round(top + height * size + 46), title, unit)
    page.text("true", (left - 14, top - 12), 9, GREY, anchor=1.0)
    page.text("answered", (left + width * size / 2, top + height * size + 26), 9, GREY, anchor=0.5)
    for row, name in enumerate(label):
        y, middle = top + height * row, left + width * (row + 0.5)
        page.text(name, (left - 14, y + height / 2 + 5), 11, MIDDLE, anchor=1.0)
        page.text(f"{table[row].sum():.0f}", (left + width * size + 10, y + height / 2 + 4), 9, GREY)
        if level:
            page.text(name, (middle, top - 12), 11, MIDDLE, anchor=0.5)
        else:
            page.upright(name, (middle + 5, top - 10), 11, MIDDLE)
        for column in range(size):
            corner = left + width * column, y
            _cell(page, corner, (width, height), share[row, column], table[row, column], row == column)
    return page.finished()


def _cell(
    page: Page, at: tuple[float, float], size: tuple[float, float], share: float, count: float, right: bool
) -> None:
    """One cell of a confusion matrix: percent, and under it the count."""
    (x, y), (width, height) = at, size
    colour = _between((38, 43, 51), ACCENT if right else LEFT, share)
    ink = OUTLINE if share > 0.45 else MIDDLE
    page.box((x + 1, y + 1), (x + width - 1, y + height - 1), colour)
    if count:
        large = min(height / 5, 12.0)
        page.text(f"{100 * share:.0f}%", (x + width / 2, y + height / 2), large, ink, anchor=0.5)
        page.text(f"{count:.0f}", (x + width / 2, y + height / 2 + large + 6), max(large - 3, 6), ink, anchor=0.5)


def reliability(found: Reliability, title: str, unit: str = "") -> Image:
    """Predicted against observed frequency in bins of probability, above how often each bin occurs.

    The dotted diagonal is where a calibrated model would be; below it, the model is overconfident.

    Args:
        found: what was said, in B bins.
        title: of the picture.
        unit: what it is of; the errors stand after it.

    Returns:
        (690, 960, 3) uint8 RGB.
    """
    x, y = found.said, found.came
    errors = f"expected calibration error {found.ece:.3f}, Brier score {found.brier:.3f}"
    page = Page(TALL + _COUNTS, title, f"{unit}, {errors}" if unit else errors)
    scale = Scale(0.0, 1.0, 1.0)
    x0, y0, x1, _ = scale.box
    for tick in ticks_between(0.0, 1.0):
        (at, _), (_, level) = scale(tick, 0.0), scale(0.0, tick)
        page.line((x0, level), (x1, level), GRID if tick else GREY)
        page.line((at, y0), (at, TALL + _COUNTS - 56), GRID)
        page.text(f"{tick:.1f}", (x0 - 10, level + 4), 9, GREY, anchor=1.0)
        page.text(f"{tick:.1f}", (at, TALL + _COUNTS - 36), 9, GREY, anchor=0.5)
    page.text("share that came true", (x0 + 8, y0 + 16), 9, GREY)
    page.text("probability that was said", ((x0 + x1) / 2, TALL + _COUNTS - 12), 10, GREY, anchor=0.5)
    for part in np.arange(0.0, 1.0, 0.02):
        page.line(scale(part, part), scale(part + 0.01, part + 0.01), GREY)
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    points = [scale(x[i], y[i]) for i in seen]
    for point, i in zip(points, seen, strict=True):
        page.line(point, scale(x[i], x[i]), LEFT, 2)
    for first, second in pairwise(points):
        page.line(first, second, ACCENT, 2.5)
    for point in points:
        page.dot(point, 5, ACCENT)
    _counts(page, scale, found.times)
    return page.finished()


def _counts(page: Page, scale: Scale, times: NDArray[np.float64]) -> None:
    """Upright bars of how often each bin was said, on a scale of powers of ten."""
    low, high = TALL + _COUNTS - 56, TALL - 16
    x0, _, x1, _ = scale.box
    page.line((x0, low), (x1, low), GREY)
    reach = max(np.log10(times.max() + 1), 1.0)
    for number, value in enumerate(times):
        start, end = (x0 + (x1 - x0) * place / len(times) for place in (number, number + 1))
        page.box((start + 2, low - (low - high) * np.log10(value + 1) / reach), (end - 2, low - 1), (84, 96, 112))
        if value:
            page.text(_thousands(value), ((start + end) / 2, low - 6), 8, MIDDLE, anchor=0.5)
    page.text("how often (powers of ten)", (x0 + 8, high - 6), 9, GREY)


def _thousands(value: float) -> str:
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f}k" if value < 1e6 else f"{value / 1e6:.1f}M"


def _between(one: Colour, other: Colour, share: float) -> Colour:
    mixed = [round(a + (b - a) * float(np.clip(share, 0, 1)) ** 0.7) for a, b in zip(one, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]
