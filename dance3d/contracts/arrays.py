"""Types of arrays: what they hold, with their letters in ``contracts``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]


Time = NDArray[np.float64]


Flags = NDArray[np.bool_]


Image = NDArray[np.uint8]


Mask = NDArray[np.bool_]
