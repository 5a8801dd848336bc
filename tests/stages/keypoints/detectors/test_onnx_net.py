import logging

import pytest
from detector_files import write_simcc


def test_a_gpu_that_is_not_there(tmp_path, caplog, monkeypatch):
    import onnxruntime

    from dance3d.stages.keypoints.detectors import onnx_net

    path = write_simcc(tmp_path / "pose.onnx")
    with pytest.raises(ValueError, match="not known"):
        onnx_net.OnnxNet(path, "tpu")
    if onnx_net.GPU in onnxruntime.get_available_providers():
        pytest.skip("a GPU is there")
    with pytest.raises(ValueError, match="was asked for"):
        onnx_net.OnnxNet(path, "cuda")
    monkeypatch.setattr(onnx_net.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    with caplog.at_level(logging.WARNING):
        onnx_net.OnnxNet(path, "cpu")
        assert not caplog.records
        onnx_net.OnnxNet(path)
    assert "runs on the CPU" in caplog.text
