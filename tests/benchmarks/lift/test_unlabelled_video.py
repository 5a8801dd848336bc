from pathlib import Path

import numpy as np
import pytest

from dance3d.benchmarks.lift import unlabelled_video
from dance3d.benchmarks.lift.unlabelled_video import bench_video, interval
from dance3d.io.weights import default
from dance3d.pipeline.cache import Cache
from dance3d.training.learner import Learner


def test_the_interval_of_a_mean_is_students():
    low, high = interval(np.array([1.0, 2.0, 3.0]))
    assert low == pytest.approx(2 - 4.303 / np.sqrt(3), abs=1e-3) and high == pytest.approx(4 - low)
    assert np.isnan(interval(np.array([1.0]))).all()


def test_every_seed_trains_and_gains_are_of_the_same_figures(tmp_path, data_dir, monkeypatch):
    trained = []

    def train(self, stage, overrides, method, start):
        trained.append((self.source.path, self.source.videos, overrides, method, start))
        return tmp_path / str(overrides["seed_everything"])

    errors = {default("lift"): 50.0, tmp_path / "0": 48.0, tmp_path / "1": 49.0}
    monkeypatch.setattr(Learner, "train", train)
    monkeypatch.setattr(unlabelled_video, "_scores", lambda weights, scene, takes: {"cameras": errors[weights]})
    monkeypatch.setattr(unlabelled_video.multiview_clip, "lift_every_camera", lambda folder, predict: None)
    monkeypatch.setattr(unlabelled_video, "bench_takes", lambda folder: [])
    found = bench_video(["semi"], (0, 1), Path("mine"), Cache(tmp_path / "cache"), data__steps=3)
    assert found["video.semi.cameras.before"] == 50 and found["video.semi.cameras.after"] == 48.5
    assert found["video.semi.cameras.gain"] == 1.5
    assert found["video.semi.cameras.low"] == pytest.approx(1.5 - 12.706 * 0.5, abs=0.01)
    source, videos, overrides, method, start = trained[1]
    assert source.endswith("cmu") and videos == "mine" and method == "semi" and start == default("lift")
    assert overrides["seed_everything"] == 1 and overrides["data"]["steps"] == 3 and overrides["data"]["batch"] > 3
