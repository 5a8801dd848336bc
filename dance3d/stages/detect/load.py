"""Load the detector from its weights file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.stages.detect.model import HourglassNet
from dance3d.stages.stored_nets import stored_net

BONES = 3.9
"""Chosen: metres of all bones of an average body together, for weights without that number."""


def load(path: Path) -> HourglassNet:
    """The net of a weights file, ready for inference; ``config["bones"]`` is the metres of an average body's bones.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    return stored_net(path, "detect", _built)


def _built(config: dict[str, Any]) -> HourglassNet:
    bones = float(config.pop("bones", BONES))
    net = HourglassNet(**config)
    net.config["bones"] = bones
    return net
