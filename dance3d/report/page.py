"""What every page needs to be one file that opens offline: its template, scripts, and numbers as text."""

from __future__ import annotations

import base64
import json
import zlib
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from dance3d.report import scripts, styles, templates

MISSING = -32768  # of int16 coordinates
FILM_PIECE = 3 << 20  # bytes of a film in one script element; chosen


def environment() -> Environment:
    """Where templates come from; what they write is escaped, and what they lack is an error."""

    def load(name: str) -> str:
        return (files(templates) / name).read_text(encoding="utf-8")

    return Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def asset(name: str) -> Markup:
    """A script (``.js``) or style sheet (``.css``) as it is."""
    folder = scripts if name.endswith(".js") else styles
    return Markup((files(folder) / name).read_text(encoding="utf-8"))


def as_json(data: object) -> Markup:
    """JSON that may stand inside a script element, whatever names it holds."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def as_base64(values: NDArray[Any], dtype: str) -> str:
    """Numbers as the scripts unpack them."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode("ascii")


def packed(world: NDArray[np.floating]) -> tuple[NDArray[np.int16], float]:
    """Positions, metres, as int16 of the same shape and the metres of one unit: a millimetre, or more where far."""
    unit = max(float(np.nanmax(np.abs(world), initial=0.0)) / 32000, 0.001)
    return np.where(np.isnan(world), MISSING, np.round(np.nan_to_num(world) / unit)).astype(np.int16), unit


class SeriesPack:
    """Rows of numbers over time, all packed into one text: differences from row to row, deflated together.

    One stream opens at once in a browser; a hundred small ones take a second.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, values: NDArray[Any], dtype: str) -> list[int]:
        """Where the scripts find an array: its first byte and how many there are, once all is inflated.

        Args:
            values: (T, ...) integers.
            dtype: little-endian integers; differences wrap around in it, and so do the sums that undo them.
        """
        rows = np.ascontiguousarray(values, dtype=dtype).reshape(len(values), -1)
        steps = np.concatenate([rows[:1], rows[1:] - rows[:-1]])
        self._parts.append(steps.tobytes())
        self._size += len(self._parts[-1])
        return [self._size - len(self._parts[-1]), len(self._parts[-1])]

    def text(self) -> str:
        """All arrays as base64."""
        return base64.b64encode(zlib.compress(b"".join(self._parts), 9)).decode("ascii")


def film_pieces(film: bytes) -> list[str]:
    """A film as pieces of base64 that each decode by themselves, so that no browser holds it as one long string."""
    return [base64.b64encode(film[at : at + FILM_PIECE]).decode("ascii") for at in range(0, len(film), FILM_PIECE)]
