"""The training side of the runner: inputs first, then training, kept by key; nothing held out ever trains."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.datasets.crop_folder import Crops
from dance3d.io import artefacts
from dance3d.io import weights as stored
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.runner import Runner
from dance3d.registry import STAGES
from dance3d.synth.filmed_mocap import write_films
from dance3d.training import inputs as training_inputs
from dance3d.training.inputs import Films, Shots
from dance3d.training.learner import Learner


def test_films_are_aligned_with_their_index(tmp_path):
    write_films(tmp_path, "synth", clips=1, seconds=1.0, cameras=2, noise_px=2.0, missing=0.1, seed=3)
    index = json.loads((tmp_path / "index.json").read_text())
    assert len(index) == 10 and {line["genre"] for line in index} == {
        "salsa",
        "indian",
        "modern",
        "martial",
        "everyday",
    }
    for number in range(len(index)):
        keypoints = artefacts.load(tmp_path / "keypoints" / f"{number:04d}.npz", Keypoints2D)
        truth = artefacts.load(tmp_path / "truth" / f"{number:04d}.npz", Pose3D)
        assert keypoints.frames == truth.frames and truth.up is not None


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Training that writes the asked-for stage's name instead of learning, and counts."""
    calls = []

    def fit(stage, overrides, configs, run_folder):
        calls.append((stage, overrides["data"]))
        run_folder.mkdir(parents=True)
        stored.save(run_folder / "weights.safetensors", {"w": np.zeros(1, np.float32)}, stage, {})
        return run_folder / "weights.safetensors"

    monkeypatch.setattr("dance3d.training.fit.fit", fit)
    monkeypatch.setattr(training_inputs, "TINY_FILMS", Films(clips=1, seconds=1.0, cameras=1))
    return calls


def learner(tmp_path, source="synth"):
    return Learner(Runner(Cache(tmp_path / "cache")), source, tiny=True, runs=tmp_path / "runs")


def test_each_stage_learns_from_what_it_will_be_given(tmp_path, trained, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Runner,
        "ensure",
        lambda self, stage, inputs: asked.append((stage, list(inputs))) or _result(self, tmp_path, stage),
    )
    one = learner(tmp_path)
    for stage in ("lift", "motion", "genre"):
        path = one.train(stage)
        assert stored.load(path, stage) and one.runner.weights[stage] == path
    assert [stage for stage, _ in asked] == ["lift", "lift", "motion"]
    by_stage = dict(trained)
    assert by_stage["lift"] == {"source": "synth"}
    assert sorted(by_stage["motion"]) == ["index", "keypoints", "poses", "truth"]
    assert sorted(by_stage["genre"]) == ["index", "movements", "poses"]
    again = learner(tmp_path)
    for stage in ("lift", "motion", "genre"):
        again.train(stage)
    assert len(trained) == 3, "the same training is not done twice"


def _result(runner, folder, stage):
    return runner.ensure_files(stage, {"stage": stage}, lambda f: (f / "0000.npz").write_bytes(b""), {})


def test_other_settings_are_another_training(tmp_path, trained):
    one = learner(tmp_path)
    one.train("lift")
    one.train("lift", {"model": {"width": 8}})
    assert len(trained) == 2


def test_what_cannot_be_trained_is_named(tmp_path, trained, monkeypatch):
    monkeypatch.setitem(STAGES, "keypoints", replace(STAGES["keypoints"], module=""))
    with pytest.raises(ValueError, match=r"'keypoints' has nothing to train; choose from .*lift, detect, motion"):
        learner(tmp_path).train("keypoints")
    with pytest.raises(ValueError, match=r"training data .* does not exist"):
        learner(tmp_path, str(tmp_path / "nowhere"))


def test_the_detector_learns_from_filmed_crops_and_invented_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(training_inputs, "TINY_FILMS", Films(clips=4, seconds=1.0, cameras=1))
    monkeypatch.setattr(training_inputs, "TINY_SHOTS", Shots(size=32, train=6, held=2, views=2, invented=20))
    inputs, data = learner(tmp_path).inputs("detect")
    shots, invented = Crops(Path(data["crops"])), Crops(Path(data["invented"]))
    assert shots.size == invented.size == 32 and len(invented) == 20
    assert sorted({line["split"] for line in shots.moments}) == ["train", "val"]
    assert max(line["views"] for line in shots.moments) == 2 and {line["views"] for line in invented.moments} == {1}
    again = learner(tmp_path).inputs("detect")
    assert again[1] == data and all(given.cached for given in again[0].values())
    same, both = learner(tmp_path).inputs("keypoints")
    assert both == {"crops": [data["crops"], data["invented"]]}, "the keypoint net learns from the same crops"
    assert {name: one.key for name, one in same.items()} == {name: one.key for name, one in inputs.items()}
    own, given = learner(tmp_path, data["crops"]).inputs("detect")
    assert given == data, "a folder of crops is used as it is"
    assert own["crops"].key != inputs["crops"].key and own["invented"].key == inputs["invented"].key
