"""What every page needs to be one file that opens offline: its template, scripts, and numbers as text."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

MISSING = -32768  # of int16 coordinates


def environment() -> Environment:
    """Where templates come from; what they write is escaped, and what they lack is an error."""

    def load(name: str) -> str:
        return (files("dance3d.report") / name).read_text(encoding="utf-8")

    return Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def asset(name: str) -> Markup:
    """A script or style sheet as it is."""
    return Markup((files("dance3d.report") / name).read_text(encoding="utf-8"))


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
