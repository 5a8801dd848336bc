"""A page to draw a plot on: its size, colours and axes, in pixels of the finished picture."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from dance3d.visualization.skeleton import BACK, GREY, MIDDLE, Colour, Image, text_width, write_text

FINE = 2  # drawn twice as large and then made smaller, so that thin lines and letters are smooth
GRID: Colour = (48, 54, 64)
ACCENT: Colour = (122, 200, 150)
WIDTH, ROW, TALL = 960, 30, 540  # pixels of a picture, of a row of bars, of axes
MARGIN, TOP, BOTTOM = 40, 92, 64  # pixels around the axes; the title and the unit stand above them


class Page:
    """A picture in the making, in pixels of the finished one."""

    def __init__(self, height: int, title: str, unit: str) -> None:
        self.image: Image = np.full((height * FINE, WIDTH * FINE, 3), BACK, np.uint8)
        self.text(title, (MARGIN, 38), 14, MIDDLE, bold=True)
        self.text(unit, (MARGIN, 64), 10, GREY)

    def text(
        self, text: str, at: tuple[float, float], height: float, colour: Colour, anchor: float = 0.0, bold: bool = False
    ) -> None:
        """Write text.

        Args:
            text: to write.
            at: (x, y) pixels, on the base line of the text.
            height: of a capital letter, pixels.
            colour: of the letters.
            anchor: what of the text is at ``at``: the left end 0, the middle 0.5, the right end 1.
            bold: whether letters are bold.
        """
        wide = text_width(text, height * FINE, bold=bold)
        place = (round(at[0] * FINE - anchor * wide), round(at[1] * FINE))
        write_text(self.image, text, place, height * FINE, colour, bold=bold)

    def upright(self, text: str, at: tuple[float, float], height: float, colour: Colour) -> None:
        """Write text from bottom to top.

        Args:
            text: to write.
            at: (x, y) pixels, the lower end of the base line.
            height: of a capital letter, pixels.
            colour: of the letters.
        """
        wide, tall = text_width(text, height * FINE), round(height * FINE * 1.6)
        strip = np.full((tall, wide + 4, 3), BACK, np.uint8)
        write_text(strip, text, (0, round(height * FINE * 1.1)), height * FINE, colour)
        turned = np.rot90(strip)
        x, y = round(at[0] * FINE) - round(height * FINE * 1.1), round(at[1] * FINE) - turned.shape[0]
        rows, columns = slice(max(y, 0), y + turned.shape[0]), slice(max(x, 0), x + turned.shape[1])
        self.image[rows, columns] = turned[max(-y, 0) :, max(-x, 0) :]

    def key(self, labels: Mapping[str, Colour], y: float) -> None:
        """Write what colours mean, in one line that ends at the right margin."""
        x = float(WIDTH - MARGIN)
        for name, colour in reversed(list(labels.items())):
            x -= text_width(name, 10 * FINE) / FINE
            self.text(name, (x, y), 10, GREY)
            self.box((x - 18, y - 10), (x - 8, y), colour)
            x -= 36

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float = 1) -> None:
        """Draw a line.

        Args:
            start: (x, y) pixels.
            end: (x, y) pixels.
            colour: of the line.
            width: pixels.
        """
        cv2.line(self.image, _fine(start), _fine(end), colour, max(round(width * FINE), 1), cv2.LINE_AA)

    def box(self, start: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
        """Draw a filled box.

        Args:
            start: (x, y) of one corner, pixels.
            end: (x, y) of the opposite corner.
            colour: that fills it.
        """
        cv2.rectangle(self.image, _fine(start), _fine(end), colour, -1)

    def dot(self, at: tuple[float, float], radius: float, colour: Colour) -> None:
        """Draw a filled circle.

        Args:
            at: (x, y) of the middle, pixels.
            radius: pixels.
            colour: that fills it.
        """
        cv2.circle(self.image, _fine(at), round(radius * FINE), colour, -1, cv2.LINE_AA)

    def finished(self) -> Image:
        """(H, W, 3) uint8 RGB."""
        height, width = self.image.shape[:2]
        small = cv2.resize(self.image, (width // FINE, height // FINE), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)


class Scale:
    """From values to the page."""

    def __init__(self, low: float, high: float, top: float) -> None:
        self.low, self.span, self.top = low, max(high - low, 1e-9), top
        self.box = (MARGIN + 30, TOP, WIDTH - MARGIN, TALL - BOTTOM)

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """(x, y) on the page."""
        x0, y0, x1, y1 = self.box
        return x0 + (x1 - x0) * (x - self.low) / self.span, y1 - (y1 - y0) * y / self.top


def axes(low: float, high: float, highest: float, title: str, unit: str, x_unit: str) -> tuple[Page, Scale]:
    """A page with a grid.

    Args:
        low: left end of the x axis.
        high: right end of the x axis.
        highest: largest value of the y axis, which begins at 0.
        title: of the plot.
        unit: of the y axis.
        x_unit: of the x axis.

    Returns:
        The page, and the scale that gives places on it.
    """
    page, ticks = Page(TALL, title, unit), ticks_between(0.0, highest)
    scale = Scale(low, high, ticks[-1])
    x0, y0, x1, y1 = scale.box
    for tick in ticks:
        _, at = scale(low, tick)
        page.line((x0, at), (x1, at), GRID if tick else GREY)
        page.text(short(tick), (x0 - 10, at + 4), 9, GREY, anchor=1.0)
    for tick in ticks_between(low, high):
        if low - 1e-9 <= tick <= high + 1e-9:
            at, _ = scale(tick, 0.0)
            page.line((at, y0), (at, y1), GRID)
            page.text(short(tick), (at, y1 + 22), 9, GREY, anchor=0.5)
    page.text(x_unit, ((x0 + x1) / 2, y1 + 48), 10, GREY, anchor=0.5)
    return page, scale


def ticks_between(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` or below to ``high`` or above, about six of them."""
    rough = max(high - low, 1e-6) / 6
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(step * number) for number in np.arange(first, max(last, first + 1) + 1)]


def largest(values: list[float]) -> float:
    """The largest value that there is, no NaN; 1 where that is 0 or nothing."""
    return float(np.nanmax([*values, 0.0])) or 1.0


def short(value: float) -> str:
    """As few digits as say it."""
    return f"{round(value, 6):g}"


def _fine(at: tuple[float, float]) -> tuple[int, int]:
    return round(at[0] * FINE), round(at[1] * FINE)
