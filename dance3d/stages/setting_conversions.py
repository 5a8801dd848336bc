"""Conversion of a setting's value, as YAML or a command line gives it, to the setting's type."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from numbers import Integral, Real
from typing import Any

TRUE, FALSE = ("true", "yes", "on"), ("false", "no", "off")


def _bool(value: Any) -> bool | None:
    if isinstance(value, str):
        word = value.strip().lower()
        return word in TRUE if word in TRUE + FALSE else None
    if getattr(value, "ndim", None) == 0:
        value = value.item()  # numpy's bool is no number to Python
    return bool(value) if isinstance(value, bool | Integral) and value in (0, 1) else None


def _int(value: Any) -> int | None:
    number = _float(value)
    return None if number is None or number != int(number) else int(number)


def _float(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:  # a whole number beyond all floats
        return None


def _str(value: Any) -> str | None:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    number = isinstance(value, Integral) and not isinstance(value, bool)  # YAML reads the name 5 as a number
    return str(value) if number or isinstance(value, str) else None


def _pair(value: Any) -> tuple[int, int] | None:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        return None
    numbers = [_int(one) for one in value]
    return (numbers[0], numbers[1]) if len(numbers) == 2 and None not in numbers else None  # type: ignore[return-value]


def _names(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    return {str(name): str(other) for name, other in value.items()}


CONVERT: dict[Any, Callable[[Any], Any]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    tuple[int, int]: _pair,
    Mapping[str, str]: _names,
}
WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple[int, int]: "two whole numbers",
    Mapping[str, str]: "a mapping of names",
}
