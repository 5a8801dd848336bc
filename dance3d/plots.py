"""Plots of errors as pictures: bars with names, and curves over a measured axis; RGB, without a plot library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np

from dance3d.draw import BACK, GREY, MIDDLE, Colour, Image, text_width, write_text

_FINE = 2  # drawn twice as large and then made smaller, so that thin lines and letters are smooth
_GRID: Colour = (48, 54, 64)
_ACCENT: Colour = (122, 200, 150)
_WIDTH, _ROW, _TALL = 960, 30, 540
_MARGIN, _TOP, _BOTTOM = 40, 92, 64  # pixels around the axes; the title and the unit stand above them


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
    ticks = _ticks(0.0, _largest(list(values.values())))
    left = _MARGIN + max(text_width(name, 11 * _FINE) for name in values) / _FINE + 16
    page = _Page(_TOP + _ROW * len(values) + _BOTTOM - 20, title, unit)
    x0, x1, y1 = left, _WIDTH - _MARGIN - 50, _TOP + _ROW * len(values)
    for tick in ticks:
        at = x0 + (x1 - x0) * tick / ticks[-1]
        page.line((at, _TOP - 6), (at, y1), _GRID)
        page.text(_short(tick), (at, y1 + 22), 9, GREY, anchor=0.5)
    for row, (name, value) in enumerate(values.items()):
        y = _TOP + _ROW * row
        page.text(name, (left - 16, y + _ROW / 2 + 5), 11, MIDDLE, anchor=1.0)
        if np.isfinite(value):
            end = x0 + (x1 - x0) * value / ticks[-1]
            page.box((x0, y + 4), (end, y + _ROW - 4), (colours or {}).get(name, _ACCENT))
            page.text(f"{value:.{digits}f}", (end + 8, y + _ROW / 2 + 5), 11, MIDDLE)
        else:
            page.text("none", (x0 + 8, y + _ROW / 2 + 5), 9, GREY)
    page.line((x0, _TOP - 6), (x0, y1), GREY)
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
    page, to_page = _axes(float(places[0]), float(places[-1]), _largest(list(values)), title, unit, x_unit)
    points = [to_page(place, value) for place, value in zip(places, values, strict=True)]
    for first, second in pairwise(points):
        if np.isfinite([*first, *second]).all():
            page.line(first, second, _ACCENT, 2.5)
    for point in points:
        if np.isfinite(point).all() and len(points) <= 60:
            page.dot(point, 4, _ACCENT)
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
    page, to_page = _axes(float(between[0]), float(between[-1]), _largest(list(heights)), title, unit, x_unit)
    for low, high, value in zip(between, between[1:], heights, strict=False):
        if np.isfinite(value):
            (x0, y0), (x1, y1) = to_page(low, value), to_page(high, 0.0)
            page.box((x0 + 2, y0), (x1 - 2, y1), _ACCENT)
    return page.finished()


class _Page:
    """A picture in the making, in pixels of the finished one."""

    def __init__(self, height: int, title: str, unit: str) -> None:
        self.image: Image = np.full((height * _FINE, _WIDTH * _FINE, 3), BACK, np.uint8)
        self.text(title, (_MARGIN, 38), 14, MIDDLE, bold=True)
        self.text(unit, (_MARGIN, 64), 10, GREY)

    def text(
        self, text: str, at: tuple[float, float], height: float, colour: Colour, anchor: float = 0.0, bold: bool = False
    ) -> None:
        """Write ``text``; ``at`` is on its base line, at its left end, middle (0.5) or right end (1)."""
        wide = text_width(text, height * _FINE, bold=bold)
        place = (round(at[0] * _FINE - anchor * wide), round(at[1] * _FINE))
        write_text(self.image, text, place, height * _FINE, colour, bold=bold)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float = 1) -> None:
        cv2.line(self.image, _fine(start), _fine(end), colour, max(round(width * _FINE), 1), cv2.LINE_AA)

    def box(self, start: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
        cv2.rectangle(self.image, _fine(start), _fine(end), colour, -1)

    def dot(self, at: tuple[float, float], radius: float, colour: Colour) -> None:
        cv2.circle(self.image, _fine(at), round(radius * _FINE), colour, -1, cv2.LINE_AA)

    def finished(self) -> Image:
        height, width = self.image.shape[:2]
        small = cv2.resize(self.image, (width // _FINE, height // _FINE), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)


class _Scale:
    """From values to the page."""

    def __init__(self, low: float, high: float, top: float) -> None:
        self.low, self.span, self.top = low, max(high - low, 1e-9), top
        self.box = (_MARGIN + 30, _TOP, _WIDTH - _MARGIN, _TALL - _BOTTOM)

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        x0, y0, x1, y1 = self.box
        return x0 + (x1 - x0) * (x - self.low) / self.span, y1 - (y1 - y0) * y / self.top


def _axes(low: float, high: float, largest: float, title: str, unit: str, x_unit: str) -> tuple[_Page, _Scale]:
    """A page with a grid from ``low`` to ``high`` along and from 0 to ``largest`` upwards."""
    page, ticks = _Page(_TALL, title, unit), _ticks(0.0, largest)
    scale = _Scale(low, high, ticks[-1])
    x0, y0, x1, y1 = scale.box
    for tick in ticks:
        _, at = scale(low, tick)
        page.line((x0, at), (x1, at), _GRID if tick else GREY)
        page.text(_short(tick), (x0 - 10, at + 4), 9, GREY, anchor=1.0)
    for tick in _ticks(low, high):
        if low - 1e-9 <= tick <= high + 1e-9:
            at, _ = scale(tick, 0.0)
            page.line((at, y0), (at, y1), _GRID)
            page.text(_short(tick), (at, y1 + 22), 9, GREY, anchor=0.5)
    page.text(x_unit, ((x0 + x1) / 2, y1 + 48), 10, GREY, anchor=0.5)
    return page, scale


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` or below to ``high`` or above, about six of them."""
    rough = max(high - low, 1e-6) / 6
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(step * number) for number in np.arange(first, max(last, first + 1) + 1)]


def _largest(values: list[float]) -> float:
    return float(np.nanmax([*values, 0.0])) or 1.0


def _short(value: float) -> str:
    return f"{round(value, 6):g}"


def _fine(at: tuple[float, float]) -> tuple[int, int]:
    return round(at[0] * _FINE), round(at[1] * _FINE)
