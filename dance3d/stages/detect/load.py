"""Reading the detector from a file."""

from __future__ import annotations

from pathlib import Path

import torch

from dance3d.io import weights
from dance3d.stages.detect.model import HourglassNet

BONES = 3.9
"""Metres of all bones of an average body together, where the weights do not say what theirs was."""


def load(path: Path) -> HourglassNet:
    """The net of a weights file, ready to detect; its ``config`` also holds ``bones``, metres of an average body's.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    arrays, config = weights.load(path, "detect")
    bones = float(config.pop("bones", BONES))
    net = HourglassNet(**config)
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    net.config["bones"] = bones
    return net.eval()
