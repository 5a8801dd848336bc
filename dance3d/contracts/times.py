"""The step of a series of times, on which every frame rate rests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def median_step(time: NDArray[np.float64], single: float) -> float:
    """Seconds from one frame to the next of ``time`` (T,), the median; ``single`` where there is but one frame."""
    return float(np.median(np.diff(time))) if len(time) > 1 else single
