"""Load the detector from its weights file."""

from __future__ import annotations

from pathlib import Path

import torch

from dance3d.io import weights
from dance3d.stages.detect.model import HourglassNet

BONES = 3.9
"""Chosen: metres of all bones of an average body together, for weights without that number."""


def load(path: Path) -> HourglassNet:
    """The net of a weights file, ready for inference; ``config["bones"]`` is the metres of an average body's bones.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    arrays, config = weights.load(path, "detect")
    bones = float(config.pop("bones", BONES))
    net = HourglassNet(**config)
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    net.config["bones"] = bones
    return net.eval()
