"""A calibrated camera, as a user writes it; and the field of view where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from math import hypot, isfinite
from numbers import Real
from typing import Any, Self

ASSUMED_FIELD_OF_VIEW = 47.0
"""Degrees along the longer side of the picture, taken where nothing is known of the lens.

Chosen, not measured: a lens of 41 mm on 35 mm film, between the wide angle of a telephone and a portrait lens.
"""


@dataclass(frozen=True)
class CameraSettings:
    """A calibrated camera.

    Attributes:
        focal: focal length, pixels.
        centre: (x, y) of the principal point, pixels; the middle of the picture if not given.
        up: vector against gravity in the camera frame (x right, y down, z forward), of any length.
        height: of the lens above the floor, metres, 0.1 to 20.
    """

    focal: float
    centre: tuple[float, float] | None = None
    up: tuple[float, float, float] | None = None
    height: float | None = None

    def __post_init__(self) -> None:
        """Convert and check every part.

        Raises:
            ValueError: a part is not a number, or out of range.
        """
        self._set("focal", _number("focal", self.focal))
        if self.focal <= 0:
            raise ValueError(f"camera.focal is {self.focal}, expected a positive number of pixels")
        if self.centre is not None:
            self._set("centre", _vector("centre", self.centre, 2))
        if self.up is not None:
            self._set("up", _vector("up", self.up, 3))
            if hypot(*self.up) < 1e-6:
                raise ValueError(f"camera.up is {self.up}, expected a direction")
        if self.height is not None:
            self._set("height", _number("height", self.height))
            if not 0.1 <= self.height <= 20:
                raise ValueError(f"camera.height is {self.height} m, expected 0.1 to 20")

    @classmethod
    def read(cls, given: object) -> Self:
        """From a mapping of its parts.

        Raises:
            ValueError: not a mapping, a part that is not known or out of range, or no ``focal``.
        """
        if isinstance(given, cls):
            return given
        parts = [field.name for field in fields(cls)]
        if not isinstance(given, Mapping):
            raise ValueError(f"camera is {given!r}, expected a mapping of {', '.join(parts)}")
        for name in given:
            if name not in parts:
                raise ValueError(f"camera has no part {name!r}; its parts are: {', '.join(parts)}")
        if given.get("focal") is None:
            raise ValueError("camera has no focal: a calibration gives it in pixels")
        return cls(**given)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not _finite(value):
        raise ValueError(f"camera.{name} is {value!r}, expected a number")
    return float(value)  # type: ignore[arg-type]  # a real one


def _vector(name: str, value: object, length: int) -> tuple[float, ...]:
    numbers = list(value) if isinstance(value, Iterable) else []
    if len(numbers) != length or not all(map(_finite, numbers)):
        raise ValueError(f"camera.{name} is {value!r}, expected {length} numbers")
    return tuple(float(one) for one in numbers)


def _finite(value: object) -> bool:
    try:
        return isinstance(value, Real) and isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False
