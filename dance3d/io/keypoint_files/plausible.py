"""How large a file of keypoints may be, and which times can be those of a dance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.limits import LIMITS, Limits

SLOWEST_STEP = 2.0  # seconds from a frame to the next, the median; chosen: milliseconds for seconds lie far above it
MOST_PERSONS = 1000  # of a file of keypoints; chosen: a tracker that counts more has lost everybody
MOST_ROWS = 5_000_000  # frames of all persons together; chosen
LARGEST_SIDE = 100_000  # pixels of a picture that a file of keypoints declares; chosen


def check_times(path: Path, time: NDArray[np.float64], limits: Limits = LIMITS) -> None:
    """Hold that the times of a file's frames can be those of a dance, before anything is laid out over them.

    Args:
        path: for the error.
        time: (T,) seconds.
        limits: what is refused.

    Raises:
        ValueError: more frames or seconds than the limits, frames further apart than ``SLOWEST_STEP``, or gaps that
            would hold more frames than the limits at the file's usual step.
    """
    if len(time) > limits.frames:
        raise ValueError(f"{path}: has {len(time)} frames, more than {limits.frames}; cut it into shorter clips")
    if len(time) < 2:
        return
    seconds, step = float(np.ptp(time)), float(np.median(np.abs(np.diff(time))))
    usual = f"{len(time)} frames last {seconds:g} s, mostly one every {step:g} s"
    if not (seconds <= limits.seconds and step <= SLOWEST_STEP and seconds <= limits.frames * step):
        raise ValueError(
            f"{path}: its {usual}; read are up to {limits.seconds:g} s, a frame every {SLOWEST_STEP:g} s and "
            f"{limits.frames} frames. Are times in seconds, rates in frames/s?"
        )


def check_size(path: Path, size: tuple[int, int]) -> tuple[int, int]:
    """A picture's width and height as a file of keypoints says them.

    Raises:
        ValueError: a side that no picture has.
    """
    width, height = int(size[0]), int(size[1])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"{path}: the frames' size is {width} x {height}, expected 1 to {LARGEST_SIDE} pixels a side")
    return width, height
