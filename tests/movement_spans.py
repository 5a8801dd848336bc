"""Movements that are made in given spans."""

import numpy as np

from dance3d.contracts import Movements
from dance3d.movement_types import NAMES

FPS = 25


def movements(*spans, frames=100):
    """Movements with probability 0.8 in (column, start, stop) spans."""
    prob = np.zeros((frames, len(NAMES)))
    for column, start, stop in spans:
        prob[start:stop, column] = 0.8
    return Movements(prob=prob, time=np.arange(frames) / FPS)
