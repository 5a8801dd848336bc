"""Vectors in every direction."""

import numpy as np


def vectors(seed, rows=20):
    return np.random.default_rng(seed).normal(size=(rows, 3))
