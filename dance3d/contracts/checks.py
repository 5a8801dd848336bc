"""Checks of artefacts: shapes, types, times."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.arrays import Time
from dance3d.contracts.times import median_step
from dance3d.skeleton import SKELETONS


def check(owner: object, name: str, shape: tuple[int | None, ...], dtype: type, *, finite: bool = False) -> int:
    """Convert one array field to ``dtype``, check its shape and make it read-only.

    Args:
        owner: the artefact.
        name: of its field.
        shape: expected; None matches any length.
        dtype: the field is converted to.
        finite: whether NaN is refused.

    Returns:
        The length of the first axis.

    Raises:
        ValueError: the shape differs, or ``finite`` and a value is not.
    """
    given = getattr(owner, name)
    array: NDArray[Any] = np.array(given, dtype=dtype)  # a copy: the artefact owns what it froze
    expected = tuple("any" if n is None else n for n in shape)
    if array.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{type(owner).__name__}.{name} has shape {array.shape}, expected {expected}")
    if np.issubdtype(array.dtype, np.floating):
        if np.isinf(array).any():
            raise ValueError(f"{type(owner).__name__}.{name} holds infinite values; missing is NaN")
        if finite and np.isnan(array).any():
            raise ValueError(f"{type(owner).__name__}.{name} holds NaN, which it may not")
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
    return len(array) if array.ndim else 1


def check_track(owner: Any) -> int:
    """Hold what every track shares: strictly increasing times, a start frame and a person number."""
    frames = check(owner, "time", (None,), np.float64, finite=True)
    if frames == 0:
        raise ValueError(f"{type(owner).__name__} has no frame")
    if (np.diff(owner.time) <= 0).any():
        at = int(np.argmax(np.diff(owner.time) <= 0))
        raise ValueError(f"{type(owner).__name__}.time does not increase after row {at} ({owner.time[at]:.6f} s)")
    if owner.start < 0 or owner.person < 1:
        raise ValueError(
            f"{type(owner).__name__}: start {owner.start} must be 0 or more, person {owner.person} 1 or more"
        )
    return frames


def check_skeleton(owner: Any) -> int:
    """Hold that the skeleton is known, and give its number of joints."""
    if owner.skeleton not in SKELETONS:
        raise ValueError(f"skeleton {owner.skeleton!r} is not known; choose from {', '.join(SKELETONS)}")
    return len(SKELETONS[owner.skeleton].joints)


class Track:
    """Frame rate of anything with a ``time`` axis."""

    time: Time

    @property
    def frames(self) -> int:
        """Number of rows."""
        return len(self.time)

    @property
    def fps(self) -> float:
        """Frames per second by the median step; 30 for a single frame."""
        return 1 / median_step(self.time, 1 / 30)


def field_names(kind: type) -> tuple[str, ...]:
    """Names of an artefact's fields, in order."""
    return tuple(field.name for field in fields(kind))
