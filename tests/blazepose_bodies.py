"""A body in the layout of BlazePose."""

import importlib.util

import numpy as np
import pytest

from dance3d.skeleton import BLAZEPOSE33

needs_mediapipe = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")


def body():
    """(33, 3): someone who stands in the middle of the picture, as shares of its size."""
    points = np.zeros((33, 3))
    spots = {"shoulder": (0.06, 0.3), "elbow": (0.1, 0.42), "wrist": (0.11, 0.52), "hip": (0.04, 0.55)}
    spots |= {
        "knee": (0.04, 0.72),
        "ankle": (0.04, 0.9),
        "ear": (0.02, 0.2),
        "eye": (0.01, 0.19),
        "mouth": (0.01, 0.22),
    }
    for i, name in enumerate(BLAZEPOSE33.joints):
        side, _, joint = name.partition("_")
        x, y = spots.get(joint, (0, 0.2))
        points[i] = 0.5 + (x if side == "left" else -x if side == "right" else 0), y, 0.9
    return points
