"""The lifter as ONNX gives what ``predict`` computes, for any number of bodies and frames."""

import numpy as np
import pytest
import torch
from onnx_sessions import written

from dance3d.contracts import Camera
from dance3d.io import weights
from dance3d.skeleton import H36M17
from dance3d.stages.lift.export import export_onnx
from dance3d.stages.lift.load import load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.lift.predict import _run_net

CAMERA = Camera(1000.0, (320.0, 240.0), (640, 480))


def bodies(count, frames):
    """Rays of bodies that move and where each joint is missing now and then, and what is there."""
    rng = np.random.default_rng(frames)
    body = rng.normal(0, 0.1, (count, 1, 17, 2)) + rng.normal(0, 0.01, (count, frames, 17, 2)).cumsum(1)
    present = rng.random((count, frames, 17)) > 0.1
    present[..., H36M17.index("pelvis")] = True
    return body.astype(np.float32), present


def saved(net, path):
    weights.save(path, {name: value.numpy() for name, value in net.state_dict().items()}, "lift", net.config)
    return path


@pytest.mark.parametrize("causal", [None, True])
def test_onnxruntime_equals_torch(tmp_path, causal):
    path = weights.default("lift")
    if causal is not None:
        torch.manual_seed(0)
        net = Lifter(width=32, taps=(3, 5), causal=causal)
        torch.nn.init.normal_(net.blocks[0].mix.weight, std=0.2)
        path = saved(net, tmp_path / "w.safetensors")
    run, told = written(export_onnx, path, tmp_path / "net.onnx")
    net = load(path)
    for count, frames in ((1, 1), (1, 70), (3, 40), (2, 7)):
        rays, present = bodies(count, frames)
        found = run(rays=rays, present=present)
        for number in range(count):
            xyz, apart = _run_net(net, rays[number], present[number], CAMERA)
            assert np.abs(found["xyz"][number] - xyz).max() < 1e-4
            assert np.abs(found["apart"][number] - apart).max() < 1e-4
    assert np.ptp(found["xyz"]) > 0.05 and (int(told["frames_before"]), int(told["frames_after"])) == net.context
    assert int(told["receptive_field"]) == net.receptive and "metres" in told["units"] and told["stage"] == "lift"


def test_a_net_of_others_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.setattr("dance3d.stages.lift.export.load", lambda path: VideoPose3D.__new__(VideoPose3D))
    with pytest.raises(ValueError, match=r"w.bin holds a net of VideoPose3D; ONNX is written of dance3d's own lifter"):
        export_onnx(tmp_path / "w.bin", tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()
