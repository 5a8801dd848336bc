"""Efficiency of training: TPR, and two figures that do not depend on the other method.

Error curves are (N,) seconds, increasing, and (N,) errors measured then.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

REGULATION = 1.2
"""k of the regulated error."""


def unit_epochs(frames: Mapping[str, int], action: str) -> int:
    """Epochs of one action's training that count as one epoch of the common one: as often all frames hold its frames.

    Where all actions have as many frames, these are as many as there are actions (equation 1).

    Args:
        frames: of every action.
        action: one of them.

    Raises:
        ValueError: no such action, or one without frames.

    Source: Bai, CONF-SPML 2021, equations 1 and 2.
    """
    if action not in frames or frames[action] < 1:
        raise ValueError(f"action {action!r} has no frames; choose from {', '.join(frames)}")
    return sum(frames.values()) // frames[action]


def samples_of_one(samples: Mapping[str, int]) -> int:
    """Samples that the training of one action may see: all that the common training sees, of whatever action.

    Args:
        samples: that the common training sees of each action.

    Source: Bai, CONF-SPML 2021, equation 3.
    """
    return sum(samples.values())


def regulated_error(one: float, other: float, k: float = REGULATION) -> float:
    """The error from which both methods of a comparison are counted.

    It is k times the mean of their errors at half of the training.

    Args:
        one: error of the first method at half of its training.
        other: likewise of the second.
        k: factor above 1, so that both methods improve on it.

    Source: Bai, "A training method for VideoPose3D with ideology of action recognition", CONF-SPML 2021, equation 4.
    """
    return k * (one + other) / 2


def tpr(regulated: float, final: float, seconds: float) -> float:
    """Training performance rate: the decrease of the error, from the regulated to the final one, per second.

    Compare two methods on one machine only, with everything counted that each had to train: fifteen specialists cost
    fifteen trainings. The rate depends on the other method, by ``regulated``, and rewards stopping early.

    Args:
        regulated: ``regulated_error`` of both methods.
        final: error of the method at the end.
        seconds: of its training.

    Raises:
        ValueError: no time passed.

    Source: Bai, CONF-SPML 2021, equation 5.
    """
    if not seconds > 0:
        raise ValueError(f"training took {seconds} s, expected more than 0")
    return (regulated - final) / seconds


def time_to_error(seconds: ArrayLike, errors: ArrayLike, target: float) -> float:
    """Seconds until the error curve first reaches ``target``, linear between its points; inf if it never does.

    Args:
        seconds: (N,) of the points of the curve, increasing.
        errors: (N,) of the points.
        target: the error to reach.

    Raises:
        ValueError: see ``_curve``.
    """
    time, error = _curve(seconds, errors)
    below = np.flatnonzero(error <= target)
    if not len(below):
        return float("inf")
    at = below[0]
    if at == 0:
        return float(time[0])
    share = (error[at - 1] - target) / (error[at - 1] - error[at])
    return float(time[at - 1] + share * (time[at] - time[at - 1]))


def error_time_area(seconds: ArrayLike, errors: ArrayLike, until: float) -> float:
    """Mean error from the first point of the curve to ``until``: the area under the curve divided by that time.

    After its last point the curve keeps its last value, so that stopping early is neither an advantage nor a drawback.

    Args:
        seconds: (N,) of the points of the curve, increasing.
        errors: (N,) of the points.
        until: seconds, the end of the mean.

    Raises:
        ValueError: ``until`` is not after the first point, and see ``_curve``.
    """
    time, error = _curve(seconds, errors)
    if not until > time[0]:
        raise ValueError(f"until is {until} s, expected more than the first point's {time[0]} s")
    inside = time < until
    ends = np.append(time[inside], until)
    values = np.append(error[inside], np.interp(until, time, error))
    return float(((values[1:] + values[:-1]) / 2 * np.diff(ends)).sum() / (until - time[0]))


def _curve(seconds: ArrayLike, errors: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    time, error = np.asarray(seconds, np.float64), np.asarray(errors, np.float64)
    if time.ndim != 1 or time.shape != error.shape or not len(time):
        raise ValueError(f"seconds and errors have shapes {time.shape} and {error.shape}, expected (N,) twice, N > 0")
    if not np.isfinite(error).all() or not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise ValueError("an error curve needs finite values and increasing seconds")
    return time, error
