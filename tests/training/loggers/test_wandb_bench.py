"""Figures of a bench as runs of W&B."""

import pytest
from fake_wandb_run import finished_runs

from dance3d.io.file_hash import hash_file
from dance3d.io.weights import default
from dance3d.training.loggers.wandb_bench import BenchRuns, weights_of


def test_a_run_of_each_stage_is_found_by_its_weights(tmp_path):
    pytest.importorskip("wandb")
    runs = BenchRuns(tmp_path, "offline", tmp_path / "takes")
    for stage, figures in (("lift", {"a.mpjpe": 1.0}), ("lift", {"b": 2.0}), ("genre", {"a.mpjpe": 3.0})):
        runs.send(stage, figures)
    runs.close()
    found = {one.about["name"]: one for one in finished_runs(tmp_path, 2)}
    lift = found["lift-bench-takes"]
    assert set(found) == {"lift-bench-takes", "genre-bench-takes"}
    assert lift.figures["bench/a.mpjpe"] == [1.0] and lift.figures["bench/b"] == [2.0]
    assert lift.about["job"] == "bench" and lift.about["group"] == hash_file(default("lift"))[:12]
    assert found["genre-bench-takes"].figures["bench/a.mpjpe"] == [3.0]


def test_weights_are_called_as_their_artifact():
    assert weights_of("lift") == f"lift-weights:{hash_file(default('lift'))[:12]}"


def test_a_wandb_that_cannot_begin_costs_nothing(tmp_path, monkeypatch, caplog):
    wandb = pytest.importorskip("wandb")

    def refused(**given):
        raise OSError("disk full")

    monkeypatch.setattr(wandb, "init", refused)
    runs = BenchRuns(tmp_path, "offline")
    runs.send("lift", {"a": 1.0})
    runs.send("lift", {"a": 2.0})
    runs.close()
    assert caplog.text.count("W&B stopped (OSError: disk full)") == 1
