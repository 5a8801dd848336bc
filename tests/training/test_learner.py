"""The training side of the runner: inputs first, then training, kept by key; nothing held out ever trains."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_learner import learner

from dance3d.io import weights as stored
from dance3d.pipeline.runner import Runner
from dance3d.registry import STAGES
from dance3d.training import inputs as training_inputs
from dance3d.training.inputs import FilmSettings


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Training that writes the asked-for stage's name instead of learning, and counts."""
    calls = []

    def fit(stage, overrides, configs, run_folder):
        calls.append((stage, overrides["data"]))
        run_folder.mkdir(parents=True, exist_ok=True)
        stored.save(run_folder / "weights.safetensors", {"w": np.zeros(1, np.float32)}, stage, {})
        return run_folder / "weights.safetensors"

    monkeypatch.setattr("dance3d.training.fit.fit", fit)
    monkeypatch.setattr(training_inputs, "TINY_FILMS", FilmSettings(clips=1, seconds=1.0, cameras=1))
    return calls


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


def test_movements_to_train_on_come_with_when_they_happen(tmp_path, trained, monkeypatch):
    """Labels by the rules, unless the settings name some; a genre needs none."""
    made = []
    monkeypatch.setattr("dance3d.stages.lift.data.synthetic", lambda minutes: made.append(minutes) or [])
    one = learner(tmp_path)
    one.train("lift", {"data": {"only": ["salsa"]}})
    one.train("lift", {"data": {"only": ["body.jump"], "labels": "mine.csv"}})
    assert not made and "labels" not in trained[0][1] and trained[1][1]["labels"] == "mine.csv"
    for number in range(2):
        one.train("lift", {"data": {"only": ["body.jump", f"genre {number}"]}})
    assert len(made) == 1 and trained[2][1]["labels"] == trained[3][1]["labels"]
    assert Path(trained[2][1]["labels"]).read_text() == "clip,start,stop,movement\n"


def test_crops_are_filmed_in_the_size_of_the_net(tmp_path, trained, monkeypatch):
    one, sizes = learner(tmp_path), []
    monkeypatch.setattr(one, "inputs", lambda stage, method: (sizes.append(one.source.crop_settings.size), ({}, {}))[1])
    one.train("detect")
    one.train("detect", {"model": {"size": 128}})
    assert sizes == [64, 128]


def test_what_cannot_be_trained_is_named(tmp_path, trained, monkeypatch):
    monkeypatch.setitem(STAGES, "keypoints", replace(STAGES["keypoints"], module=""))
    with pytest.raises(ValueError, match=r"'keypoints' has nothing to train; choose from .*lift, detect, motion"):
        learner(tmp_path).train("keypoints")
    with pytest.raises(ValueError, match=r"training data .* does not exist"):
        learner(tmp_path, str(tmp_path / "nowhere"))


def test_what_learns_from_shipped_weights_is_trained_again_when_they_change(tmp_path, monkeypatch):
    one = learner(tmp_path)
    lift, plain = one.components("lift", {}, method="extremities"), one.components("lift", {})
    assert lift["fetched"] == {"lift": stored.manifest()["lift"]["sha256"]} and not plain["fetched"]
    shipped = {**stored.manifest(), "lift": {"sha256": "another"}}
    monkeypatch.setattr("dance3d.training.learner.manifest", lambda: shipped)
    assert one.components("lift", {}, method="extremities") != lift and one.components("lift", {}) == plain
