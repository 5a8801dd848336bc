"""The genre net as ONNX gives what ``predict`` computes, for any number of windows and steps."""

import numpy as np
import pytest
import torch
from onnx_sessions import listed, written

from dance3d.io import weights
from dance3d.stages.genre.export import export_onnx
from dance3d.stages.genre.features import WIDTH
from dance3d.stages.genre.model import GenreNet
from dance3d.stages.genre.predict import load, probabilities


@pytest.mark.parametrize("kind", ["shipped", "pooled", "last state"])
def test_onnxruntime_equals_torch(tmp_path, kind):
    path = weights.default("genre")
    if kind != "shipped":
        torch.manual_seed(0)
        net = GenreNet(("a", "b", "c"), WIDTH, hidden=8, pooled=kind == "pooled")
        path = tmp_path / "w.safetensors"
        weights.save(path, {name: value.numpy() for name, value in net.state_dict().items()}, "genre", net.config)
    run, told = written(export_onnx, path, tmp_path / "net.onnx")
    net = load(path)
    rng = np.random.default_rng(0)
    for count, steps in ((1, 50), (7, 50), (3, 20)):
        features = rng.normal(0, 1, (count, steps, net.inputs)).astype(np.float32)
        present = rng.choice([0, 0.5, 1], (count, steps)).astype(np.float32)
        found = run(features=features, present=present)
        prob, known = probabilities(net, features, present)
        assert np.abs(found["prob"] - prob).max() < 1e-4 and np.abs(found["known"] - known).max() < 1e-4
    assert found["prob"].shape == (3, len(net.classes)) and listed(told, "classes") == list(net.classes)
    assert told["step_seconds"] == "0.1" and listed(told, "blocks")["movements"][0] == 0
