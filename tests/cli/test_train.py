from pathlib import Path

import motion_sets
import pytest

from dance3d.cli import main
from dance3d.cli.train import check_weights
from dance3d.pipeline.exit_codes import REFUSED, UsageError
from dance3d.training import learner


@pytest.fixture
def trained(monkeypatch):
    """Trainings that are asked for, none of which takes place."""
    calls = []

    class Learner:
        def __init__(self, runner, source, *, tiny, runs):
            self.given = (source, tiny, runs, dict(runner.weights))

        def train(self, stage, overrides, method):
            calls.append((stage, overrides, method, *self.given))
            return Path(f"{stage}.safetensors")

    monkeypatch.setattr(learner, "Learner", Learner)
    return calls


def test_all_stages_of_a_plain_run_are_trained_in_order(trained, tmp_path, capsys):
    assert main(["train", "--tiny", "--no-cache", "--runs", str(tmp_path)]) == 0
    assert [call[0] for call in trained] == ["lift", "motion", "genre"]
    assert trained[0][1:] == (None, "", "synth", True, tmp_path, {})
    assert capsys.readouterr().out.splitlines()[0] == "lift: lift.safetensors"


def test_method_data_and_weights_are_those_that_are_given(trained, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.write_bytes(b"weights")
    words = ["train", "motion", "--method", "paper", "--data", "takes", "--weights", f"lift={mine}", "-q", "--no-cache"]
    assert main(words) == 0 and capsys.readouterr().out == "motion.safetensors\n"
    assert trained == [("motion", None, "paper", "takes", False, Path("runs"), {"lift": mine})]


def test_a_typing_error_in_the_last_stage_is_known_before_the_first_is_trained(trained, capsys):
    assert main(["train", "lift", "genres"]) == REFUSED
    assert "'genres' is not known; choose from" in capsys.readouterr().err and not trained


def test_weights_that_no_training_asks_for_are_refused():
    weights = {"lift": Path("mine")}
    check_weights(["motion"], weights)
    check_weights(["motion", "lift"], weights)  # lift is trained later, and motion learns from the given ones
    for stages in (["lift"], ["lift", "motion"]):
        with pytest.raises(UsageError, match="--weights lift=mine counts only where a stage is trained that learns"):
            check_weights(stages, weights)


def test_strict_refuses_a_folder_before_anything_is_trained(trained, tmp_path, capsys):
    text = motion_sets.bvh_text(motion_sets.tool_joints(motion_sets.figure(40), "mixamo"), per_metre=100)
    (tmp_path / "a.bvh").write_text(text.replace("Frames: 40", "Frames: 50"))
    assert main(["train", "lift", "--data", str(tmp_path), "--no-cache", "--strict"]) == REFUSED
    assert "says 50 frames, has 40" in capsys.readouterr().err and not trained
    assert main(["train", "lift", "--data", str(tmp_path), "--no-cache"]) == 0 and trained
