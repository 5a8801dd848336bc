"""Reading the lifting nets from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.stages.lift.model import JOINTS, Lifter
from dance3d.stages.lift.nets import checkpoints
from dance3d.stages.lift.nets.onnx_lifter import SUFFIX, OnnxLifter
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.stored_nets import stored_net

Net = Lifter | VideoPose3D
"""What trains, and what weights files hold."""
AnyNet = Net | OnnxLifter
"""What lifts."""


def load(path: Path) -> Net:
    """The net of a weights file in evaluation mode: dance3d's own, or a VideoPose3D checkpoint by its file ending.

    Raises:
        ValueError: the file cannot be read, or its net does not lift the inner skeleton.
    """
    if path.suffix in checkpoints.SUFFIXES:
        net = checkpoints.load(path).pose
        if (net.config["joints"], net.config["outputs"]) != (JOINTS, JOINTS):
            raise ValueError(f"{path} lifts {net.config['joints']} to {net.config['outputs']} joints, not {JOINTS}")
        return net
    if path.suffix == SUFFIX:  # a cached output would not know of a change in the YAML beside it
        raise ValueError(f"{path}: lifters in ONNX files are only compared, by dance3d bench lift --peers {path}")
    return stored_net(path, "lift", _built)


def _built(config: dict[str, Any]) -> Net:
    return VideoPose3D(**config) if config.pop("net", "lifter") == "videopose3d" else Lifter(**config)
