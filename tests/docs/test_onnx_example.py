"""The example of a net in another program runs as the page shows it."""

import doc_pages
import numpy as np
import pytest

from dance3d.cli import main
from dance3d.skeleton import H36M17


def test_the_example_of_the_page_runs(tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    (code,) = (block.code for block in doc_pages.blocks("docs/weights.md") if "onnxruntime.Inf" in block.code)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "lift.onnx", "--onnx", "lift", "-q"]) == 0
    xy = np.random.default_rng(0).normal((640, 360), 60, (50, 17, 2))
    xy[3:9, H36M17.index("left_wrist")] = np.nan
    np.save("keypoints.npy", xy)
    found = {}
    exec(code, found)
    assert found["xyz"].shape == (1, 50, 17, 3) and np.isfinite(found["xyz"]).all() and np.ptp(found["xyz"]) > 0.1
    assert not found["xyz"][:, :, H36M17.index("pelvis")].any() and found["apart"].shape == (1, 50, 17)
