"""The movement net as ONNX gives what ``predict`` computes, for any number of bodies and frames."""

import numpy as np
import pytest
import torch
from onnx_sessions import listed, written

from dance3d.io import weights
from dance3d.stages.motion.export import export_onnx
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import in_chunks, load


def bodies(net, count, frames):
    rng = np.random.default_rng(frames)
    path = rng.normal(0, 1, (count, 1, 17, net.config["dims"])) + rng.normal(0, 0.02, (count, frames, 17, 1)).cumsum(1)
    shake = np.abs(rng.normal(0, 0.01, (count, frames, 17, net.doubts)))  # jitter, and error bar
    joints = np.concatenate([path, shake], -1).astype(np.float32)
    return joints, (rng.random((count, frames, net.width)) > 0.9).astype(np.float32)


@pytest.mark.parametrize("kind", ["shipped", pytest.param("lstm", marks=pytest.mark.slow), "image"])
def test_onnxruntime_equals_torch(tmp_path, kind):
    path = weights.default("motion")
    if kind != "shipped":
        torch.manual_seed(0)
        flat = {"dims": 2, "hints": False} if kind == "image" else {"own": ("wave",)}
        net = MotionNet(encoder="lstm" if kind == "lstm" else "tcn", hidden=8, **flat)
        net.slope.uniform_(0.5, 2)
        path = tmp_path / "w.safetensors"
        weights.save(path, {name: value.numpy() for name, value in net.state_dict().items()}, "motion", net.config)
    run, told = written(export_onnx, path, tmp_path / "net.onnx")
    net = load(path)
    for count, frames in ((1, 30), (3, 12), (2, 150)):
        joints, hints = bodies(net, count, frames)
        inputs = {"joints": joints, "hints": hints} if net.config["hints"] else {"joints": joints}
        found = run(**inputs)["prob"]
        for number in range(count):
            body, said = torch.from_numpy(joints[number]), torch.from_numpy(hints[number])
            wanted = net.probability(net.apply_rules(in_chunks(net, body, said), said))
            assert np.abs(found[number] - wanted.numpy()).max() < 1e-4
    assert np.ptp(found) > 0.01 and listed(told, "labels") == [*net.names, *net.words] and told["fps"] == "30.0"
    assert len(listed(told, "least")) == net.width and "body scales" in told["units"]
