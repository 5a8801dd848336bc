"""The net as ONNX gives what torch gives."""

import sys

import numpy as np
import pytest
import torch

from dance3d.cli import main
from dance3d.stages.keypoints.export import export_onnx
from dance3d.stages.keypoints.inference import load
from dance3d.stages.keypoints.module import KeypointModule


@pytest.fixture
def weights(tmp_path):
    """A net with peaks: one whose heatmaps are flat has its highest cell by chance."""
    torch.manual_seed(0)
    module = KeypointModule(64, 16)
    with torch.no_grad():
        module.averaged.head.weight *= 60
    module.export(tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_onnxruntime_equals_torch(weights, tmp_path):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    export_onnx(weights, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    pictures = torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    xy, score = session.run(["xy", "score"], {"pictures": pictures.numpy()})
    with torch.no_grad():
        found = load(weights)(pictures)
    assert np.abs(xy - found.xy.numpy()).max() < 1e-4 and np.abs(score - found.score.numpy()).max() < 1e-4
    assert np.ptp(xy) > 0.5 and session.run(["xy"], {"pictures": pictures[:1].numpy()})[0].shape == (1, 17, 2)


def test_the_command_line_writes_the_file(weights, tmp_path, capsys):
    pytest.importorskip("onnx")
    out = tmp_path / "net.onnx"
    assert main(["export", str(out), "--onnx", "keypoints", "--weights", f"keypoints={weights}"]) == 0
    assert out.stat().st_size > weights.stat().st_size and str(out) in capsys.readouterr().out
    assert main(["export", str(out), "--onnx", "keypoints", "--weights", f"keypoints={out}"]) == 3
    assert "cannot be read as weights of keypoints" in capsys.readouterr().err


def test_without_the_package_the_error_says_what_to_install(weights, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[onnx\]'"):
        export_onnx(weights, tmp_path / "net.onnx")
