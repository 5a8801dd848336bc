"""Sweeps: what is trained, what fails apart, and the table."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_learner import learner

from dance3d.pipeline.cache import Cache
from dance3d.registry import TRAINABLE
from dance3d.training import learner as learners
from dance3d.training import trials
from dance3d.training.fit import config
from dance3d.training.recipes import read_recipe
from dance3d.training.trials import (
    Trial,
    TrialScore,
    best,
    combinations,
    one_after_the_other,
    table_name,
    train,
    write_table,
)

QUICK = {"trainer.max_epochs": 1, "trainer.check_val_every_n_epoch": 1, "data.steps": 1, "data.minutes": 0.1}


def test_every_combination_of_values_and_seeds_is_a_trial(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text("optimizer.lr: [1.0e-3, 3.0e-3]\nmodel.width: [64]\n")
    found = combinations(path, [5, 6])
    assert [list(one.values()) for one in found] == [[1e-3, 64, 5], [1e-3, 64, 6], [3e-3, 64, 5], [3e-3, 64, 6]]
    assert list(found[0]) == ["optimizer.lr", "model.width", "seed_everything"]
    assert combinations(None, [7]) == [{"seed_everything": 7}]


@pytest.mark.parametrize("text", ["", "[1]", "optimizer.lr: 1.0e-3", "optimizer.lr: []"])
def test_a_file_without_lists_is_refused(tmp_path, text):
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"sweep\.yaml: expected lists of values by dotted name"):
        combinations(path)


def test_seeds_are_given_in_one_place(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text("seed_everything: [1, 2]")
    assert len(combinations(path)) == 2
    with pytest.raises(ValueError, match="seed_everything is given there and by --seeds"):
        combinations(path, [3])


def test_settings_reach_the_training_nested_and_failures_are_told_apart(tmp_path, monkeypatch):
    asked = []

    def trained(self, stage, overrides, method, start):
        asked.append((stage, overrides, method, self.tiny))
        if stage == "motion":
            raise RuntimeError("size of\n tensor")
        weights = tmp_path / "weights.safetensors"
        (tmp_path / learners.SCORE).write_text(json.dumps({"metric": "val/x", "mode": "max", "score": 0.5}))
        return weights

    monkeypatch.setattr(learners.Learner, "train", trained)
    trial = Trial({"a.b": 1, "a.c.d": 2, "seed_everything": 3}, ("lift", "motion", "genre"), "synth", tiny=True)
    first, second = train(trial)
    nested = {"a": {"b": 1, "c": {"d": 2}}, "seed_everything": 3}
    assert asked == [("lift", nested, "", True), ("motion", nested, "", True)], "genre would learn from no motion"
    assert (first.metric, first.mode, first.score, first.reason) == ("val/x", "max", 0.5, "")
    assert (second.stage, second.weights, second.reason) == ("motion", None, "size of tensor")
    (gone,) = train(Trial({}, ("lift",), str(tmp_path / "nowhere")))
    assert "does not exist" in gone.reason


def test_the_table_has_a_row_for_each_stage_of_each_trial_in_their_order(tmp_path):
    both = [Trial({"x": value}, ("lift",), "synth") for value in (1, 2)]
    second = TrialScore(both[1], "lift", 2.04, Path("w"), "val/x", "min", 3.0)
    path = tmp_path / "runs" / table_name(both)
    write_table(path, both, [second])
    write_table(path, both, [second, *trials.lost(both[0], "killed")])
    with path.open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["trial", "stage", "x", "metric", "score", "seconds", "weights", "failure"]
    assert rows[1:] == [
        ["1", "lift", "1", "", "", "0.0", "", "killed"],
        ["2", "lift", "2", "val/x", "3.0", "2.0", "w", ""],
    ]
    assert table_name(both) == table_name([*both]) != table_name(both[:1]) and list(path.parent.iterdir()) == [path]


def test_the_best_is_the_least_or_the_most_as_the_metric_is():
    trial = Trial({}, ("lift", "motion"), "synth")
    scores = [TrialScore(trial, "motion", mode="max", score=score) for score in (0.2, 0.7, None)]
    assert best([TrialScore(trial, "lift", mode="min", score=0.0), *scores]).score == 0.7
    assert best([TrialScore(trial, "motion", mode="min", score=score) for score in (4, 3, None)]).score == 3
    assert best([TrialScore(trial, "motion", reason="killed")]) is None


def test_settings_of_a_sweep_lie_above_those_of_its_recipe(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(learners.Learner, "train", lambda self, *words: asked.append(words) or tmp_path / "weights")
    path = tmp_path / "mine.yaml"
    path.write_text("train: {lift: {method: semi, model: {width: 8, every: 2}}}\nsweep: {data.only: [[salsa]]}")
    recipe = read_recipe(str(path))
    (settings,) = combinations(None, [3], recipe.sweep)
    one = Trial({**settings, "model.width": 4}, ("lift",), "synth", recipe=recipe)
    train(one)
    own = {"model": {"width": 4, "every": 2}, "data": {"only": ["salsa"]}, "seed_everything": 3}
    assert asked == [("lift", own, "semi", None)]


def test_tables_of_other_trainings_have_other_names():
    one = Trial({"x": 1}, ("lift",), "synth")
    others = [replace(one, tiny=True), replace(one, source="takes"), replace(one, method="semi")]
    others += [replace(one, recipe=read_recipe(name)) for name in ("videopose3d", "dance3d")]
    assert len({table_name([each]) for each in (one, *others)}) == 6


@pytest.mark.slow
def test_a_trial_is_the_training_of_the_learner_and_keeps_its_score(tmp_path):
    trial = Trial(QUICK, ("lift",), "synth", tiny=True, runs=tmp_path / "runs", cache=tmp_path / "cache")
    ((one,),) = trials.one_after_the_other([trial])
    assert one.metric == "val/mpjpe_mm" and one.mode == "min" and one.score > 0 and not one.reason
    same = learner(tmp_path)
    same.runner.cache = Cache(tmp_path / "cache")
    nested = {"trainer": {"max_epochs": 1, "check_val_every_n_epoch": 1}, "data": {"steps": 1, "minutes": 0.1}}
    assert same.train("lift", nested) == one.weights
    ((again,),) = trials.one_after_the_other([trial])
    assert again.score == one.score and again.weights == one.weights


@pytest.mark.slow
def test_trials_by_ray_are_those_that_are_trained_here(tmp_path):
    pytest.importorskip("ray", reason="needs dance3d[ray]")
    settings = [QUICK | {"optimizer.lr": rate} for rate in (1e-3, 2e-3)] + [{"nope.x": 1}]
    common = {"stages": ("lift",), "source": "synth", "tiny": True, "runs": tmp_path / "runs"}
    far = [score for some in trials.by_ray([Trial(s, cache=tmp_path / "far", **common) for s in settings], "local", 2)
           for score in some]  # fmt: skip
    here = [train(Trial(s, cache=tmp_path / "here", **common))[0] for s in settings[:2]]
    assert sum(bool(one.reason) for one in far) == 1
    by_rate = {one.trial.settings.get("optimizer.lr"): one for one in far}
    assert "unrecognized arguments: --nope.x=1" in by_rate[None].reason
    for one in here:
        assert one.score == pytest.approx(by_rate[one.trial.settings["optimizer.lr"]].score)


@pytest.mark.slow
@pytest.mark.parametrize("stage", TRAINABLE)
def test_the_sweep_of_each_stage_trains_twice_and_logs_offline(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    cut = {"trainer.max_epochs": 1, "trainer.limit_train_batches": 2, "trainer.limit_val_batches": 1}
    common = {"stages": (stage,), "source": "synth", "tiny": True}
    common |= {"runs": tmp_path / "runs", "cache": tmp_path / "cache"}
    each = [Trial(cut | {"wandb": "offline"} | one, **common) for one in combinations(config(f"sweeps/{stage}"))]
    scores = [score for some in one_after_the_other(each) for score in some]
    assert [score.reason for score in scores] == ["", ""] and scores[0].weights != scores[1].weights
    assert len(list(tmp_path.glob(f"runs/{stage}/*/wandb/offline-run-*/*.wandb"))) == 2
