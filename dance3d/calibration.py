"""What a calibration says of the camera: its lens, and perhaps which way is up and how high it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera

_KEYS = ("focal", "centre", "up", "height")


class View(NamedTuple):
    """The camera of a clip.

    Attributes:
        camera: lens and picture.
        up: (3,) unit vector against gravity in the camera frame, where it is known.
        height: metres of the lens above the floor, where they are known.
    """

    camera: Camera
    up: NDArray[np.float64] | None
    height: float | None


def view(settings: Mapping[str, Any], size: tuple[int, int]) -> View:
    """The camera that the lifter's settings describe, for pictures of ``size`` (width, height).

    ``settings["camera"]`` is none, for a lens guessed from ``field_of_view``, or what a calibration found: ``focal`` in
    pixels; ``centre`` (x, y) in pixels, the middle of the picture if not given; ``up``, a vector against gravity in the
    camera frame (x right, y down, z forward) of any length; ``height`` of the lens above the floor, metres.

    Raises:
        ValueError: a part that is not known or out of range, no ``focal``, or a ``height`` beside the dancer's.
    """
    given = settings.get("camera")
    if given is None:
        return View(Camera.from_field_of_view(settings.get("field_of_view", 47.0), size), None, None)
    if not isinstance(given, Mapping):
        raise ValueError(f"camera is {given!r}, expected a mapping of {', '.join(_KEYS)}")
    for key in given:
        if key not in _KEYS:
            raise ValueError(f"camera has no part {key!r}; its parts are: {', '.join(_KEYS)}")
    if "focal" not in given:
        raise ValueError("camera has no focal: a calibration gives it in pixels")
    camera = Camera(
        _number("focal", given["focal"]),
        tuple(_vector("centre", given["centre"], 2)) if given.get("centre") is not None else (size[0] / 2, size[1] / 2),
        size,
        assumed=False,
    )
    up = None
    if given.get("up") is not None:
        up = _vector("up", given["up"], 3)
        if np.linalg.norm(up) < 1e-6:
            raise ValueError(f"camera.up is {given['up']!r}, expected a direction")
        up = up / np.linalg.norm(up)
    height = None
    if given.get("height") is not None:
        height = _number("height", given["height"])
        if not 0.1 <= height <= 20:
            raise ValueError(f"camera.height is {height} m, expected 0.1 to 20")
        if settings.get("height") is not None:
            raise ValueError("camera.height and the dancer's height both say how long a metre is; give one of them")
        if not settings.get("floor", True):
            raise ValueError("camera.height needs the floor; set floor to true")
    return View(camera, up, height)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"camera.{name} is {value!r}, expected a number")
    return float(value)


def _vector(name: str, value: object, length: int) -> NDArray[np.float64]:
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (length,) or not np.isfinite(found).all():
        raise ValueError(f"camera.{name} is {value!r}, expected {length} numbers")
    return found
