"""The rule of a clap, which is a word of its own and none of the 154 types (docs/movements.md)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dance3d.stages.motion.rules import primitives as kind
from dance3d.stages.motion.rules.signals import Flags, Signals, rate


def clap(s: Signals) -> Flags:
    """(N,) around every moment at which the wrists, having come together fast, stop near each other or part again.

    17 joints have no hands: wrists are about a hand's breadth apart when palms meet.
    """
    at = s.thresholds.values["clap"]
    between = s.bone("left_wrist", "right_wrist", fast=True)
    apart = np.linalg.norm(between, axis=-1)
    closing, window = -rate(apart), kind.frames(at["within"])

    def before(x: np.ndarray) -> np.ndarray:
        """(N, window + 1) of the frames up to each."""
        return sliding_window_view(np.pad(x, (window, 0), mode="edge"), window + 1)

    fastest, widest = before(closing).max(1), before(apart).max(1)
    ends = closing <= at["left"] * fastest
    meets = ends & ~np.pad(ends, (1, 0), constant_values=True)[:-1]
    # Where hands pass each other, the left one is afterwards where the right one was.
    half, moment = window // 2, np.arange(len(apart))
    first, last = between[np.maximum(moment - half, 0)], between[np.minimum(moment + half, len(apart) - 1)]
    passes = (first * last).sum(-1) < -at["left"] * (first**2).sum(-1)
    far = (widest - apart >= at["excursion"]) & (fastest >= at["speed"])
    return kind.around(meets & far & (apart <= at["near"]) & ~passes, at)
