"""Where frames of a video are missing, judged by times alone: of frames, of the container's packets, of its end."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LONG_STEP = 2.5  # times the local step: a step this long is suspicious by itself
SKIPPED_STEP = 1.5  # likewise where the container had a packet in between that gave no frame


def local_steps(time: NDArray[np.float64], single: float) -> NDArray[np.float64]:
    """(T,) seconds: the usual step around each frame, the larger of the medians of five before and five after.

    The larger of both, so that a change of rate (a slow stretch of a variable-rate clip) is not an outlier.
    """
    if len(time) < 2:
        return np.full(len(time), single)
    padded = np.pad(np.diff(time), 5, constant_values=np.nan)
    padded[[0, -1]] = 0.0  # nothing before the first frame, nothing after the last: the other side decides
    runs = np.lib.stride_tricks.sliding_window_view(padded, 5)  # runs[i]: the five steps before frame i
    median = np.nanmedian(runs, axis=-1)
    before, after = median[: len(time)], median[5 : 5 + len(time)]
    return np.asarray(np.maximum(before, after), np.float64)


def find_gaps(
    time: NDArray[np.float64], steps: NDArray[np.float64], packets: NDArray[np.float64], end: float | None, lossy: bool
) -> tuple[tuple[float, float], ...]:
    """What is missing before, between and after the decoded frames.

    Between two frames something is missing where a packet of the container gave no frame and the step is long; or, in a
    damaged clip, where the step is far longer than its neighbours. A long step by itself is only a variable frame rate.

    Args:
        time: (T,) seconds of the decoded frames.
        steps: (T,) expected seconds from each frame to the next.
        packets: seconds of all packets of the container.
        end: seconds at which the container says that the stream ends, or none.
        lossy: whether the clip is known to be damaged.

    Returns:
        (start, stop) seconds of every gap.
    """
    silent = packets[np.abs(packets - time[np.clip(np.searchsorted(time, packets), 0, len(time) - 1)]) > 1e-4]
    silent = silent[np.isin(silent, time, invert=True)]
    found = []
    if len(silent) and silent[0] < time[0] - SKIPPED_STEP * steps[0] / 2:
        found.append((float(silent[0]), float(time[0])))
    inside = np.searchsorted(silent, time)
    for i in range(len(time) - 1):
        step = time[i + 1] - time[i]
        skipped = inside[i + 1] > inside[i]
        if (skipped and step > SKIPPED_STEP * steps[i]) or (lossy and step > LONG_STEP * max(steps[i], steps[i + 1])):
            found.append((float(time[i]), float(time[i + 1])))
    last = float(time[-1])
    until = max(end or 0.0, float(silent[-1]) if len(silent) else 0.0)
    if until - last > LONG_STEP * steps[-1] and math.isfinite(until):
        found.append((last, until))
    return tuple(found)
