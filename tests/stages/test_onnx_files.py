import sys

import pytest
import torch

from dance3d.stages.onnx_files import need_onnx, write_onnx


class Twice(torch.nn.Module):
    def forward(self, x):
        return (x * 2,)


def test_a_net_is_written_with_what_is_told_of_it(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    (tmp_path / "w").write_bytes(b"weights")
    told = {"stage": "toy", "labels": ["a", "b"], "fps": 30.0}
    axes = {"x": ("N", "T"), "y": ("N", "T")}
    write_onnx(Twice(), tmp_path / "net.onnx", {"x": torch.zeros(2, 3, 4)}, axes, told, tmp_path / "w")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ["N", "T", 4] and session.get_outputs()[0].name == "y"
    said = session.get_modelmeta().custom_metadata_map
    assert (said["stage"], said["labels"], said["fps"]) == ("toy", '["a", "b"]', "30.0")
    assert said["skeleton"] == "h36m17" and len(said["weights_sha256"]) == 64 and "pelvis" in said["joints"]
    assert session.run(None, {"x": torch.ones(5, 1, 4).numpy()})[0].sum() == 40


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[onnx\]'"):
        need_onnx()
