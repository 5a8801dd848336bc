from pathlib import Path
from types import SimpleNamespace

import motion_sets
import pytest

from dance3d.cli import main
from dance3d.cli.train import check_weights, start_of
from dance3d.io.weights import default
from dance3d.pipeline.exit_codes import REFUSED, UsageError
from dance3d.training import learner


@pytest.fixture
def trained(monkeypatch):
    """Trainings that are asked for, none of which takes place."""
    calls = []

    class Learner:
        def __init__(self, runner, source, *, tiny, runs, videos, head=None, own=None):
            self.runner, self.given = runner, (source, tiny, runs, dict(runner.weights))

        def train(self, stage, overrides, method, start=None):
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


def test_only_some_actions_train(trained, tmp_path, capsys):
    words = ["train", "lift", "--only", "salsa", "body.jump", "--no-cache"]
    assert main(words) == 0
    assert trained[0][1] == {"data": {"only": ["salsa", "body.jump"]}}
    assert main([*words[:-1], "--seeds", "1,2", "--runs", str(tmp_path), "--cache", str(tmp_path / "cache")]) == 0
    assert [call[1]["data"]["only"] for call in trained[1:]] == [["salsa", "body.jump"]] * 2
    assert [call[1]["seed_everything"] for call in trained[1:]] == [1, 2]
    assert main([*words, "--ship"]) == REFUSED or "counts only without --ship" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "motion", "--only", "salsa"])
    assert "--only salsa counts only with lift alone" in capsys.readouterr().err and len(trained) == 3


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


def test_a_sweep_trains_each_combination_and_ends_in_a_table(trained, tmp_path, capsys):
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("optimizer.lr: [1.0e-3, 3.0e-3]\nmodel.width: [64]\n")
    words = ["train", "lift", "--sweep", str(sweep), "--seeds", "1,2", "--runs", str(tmp_path), "--tiny"]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 0
    assert [(call[1]["optimizer"]["lr"], call[1]["seed_everything"]) for call in trained] == [
        (1e-3, 1), (1e-3, 2), (3e-3, 1), (3e-3, 2)]  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1/4  lift optimizer.lr=0.001 seed_everything=1  no score"), (
        "not what all have in common"
    )
    table = Path(lines[-1])
    assert table.parent == tmp_path and len(table.read_text().splitlines()) == 5


def test_a_trial_that_fails_does_not_lose_the_others(trained, tmp_path, monkeypatch, capsys):
    real = learner.Learner.train
    broken = lambda self, stage, overrides, method, start: (  # noqa: E731
        real(self, stage, overrides, method)
        if overrides["seed_everything"] != 1
        else (_ for _ in ()).throw(OSError("full"))
    )
    monkeypatch.setattr(learner.Learner, "train", broken)
    words = ["train", "--seeds", "1,2", "--runs", str(tmp_path), "--cache", str(tmp_path / "cache"), "-q"]
    assert main(words) == REFUSED
    said = capsys.readouterr()
    assert said.err == "dance3d: lift seed_everything=1: full\n" and [call[0] for call in trained] == [
        "lift",
        "motion",
        "genre",
    ]
    assert ",full\n" in Path(said.out.strip()).read_text()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--ray"], "--ray local counts only with --sweep, --seeds or --recipe"),
        (["--seeds", "1", "-j", "2"], "--jobs 2 counts only with --ray"),
        (["--seeds", "1,1"], "'1,1' is no list of different whole numbers"),
        (["--seeds", "1", "--ray", "lift"], "'lift' is no address (auto or HOST:PORT); put --ray behind the inputs"),
        (["--seeds", "1", "--no-cache"], "--no-cache counts only for one training"),
        (["--seeds", "1", "--ship"], "--ship counts only for one training"),
    ],
)
def test_words_that_do_not_go_with_a_sweep_are_refused(trained, capsys, words, line):
    try:
        assert main(["train", *words]) == 2
    except SystemExit as end:
        assert end.code == 2
    assert line in capsys.readouterr().err and not trained


@pytest.fixture
def delivered(trained, monkeypatch, tmp_path):
    """Recipes whose trainings do not take place, and whose settings are not looked up; calls, and what is delivered."""
    monkeypatch.setattr("dance3d.training.known_settings.check_recipe", lambda recipe, tiny: None)
    calls = []
    monkeypatch.setattr(
        "dance3d.cli.train_trials.write_system",
        lambda recipe, weights, told, runs: (
            calls.append((recipe.name, dict(weights), told)) or (runs / "x", ["-c", "y"])
        ),
    )
    return calls


def test_a_recipe_trains_its_stages_by_its_methods_and_says_how_to_run_them(trained, delivered, tmp_path, capsys):
    assert main(["train", "--recipe", "hdvr", "--runs", str(tmp_path), "--no-cache"]) == 0
    assert [call[:3] for call in trained[-2:]] == [("motion", {}, "paper"), ("genre", {}, "paper")]
    assert capsys.readouterr().out.splitlines()[-1] == "  dance3d run VIDEO -c y" and delivered[-1][0] == "hdvr"
    assert main(["train", "genre", "--recipe", "hdvr", "--runs", str(tmp_path), "--no-cache", "-q"]) == 0
    assert trained[-1][0] == "genre" and capsys.readouterr().out == f"{tmp_path / 'x'}\n"


def test_seeds_of_a_recipe_are_trainings_of_all_its_stages(trained, delivered, tmp_path, capsys):
    words = ["--runs", str(tmp_path), "--cache", str(tmp_path / "cache")]
    assert main(["train", "--recipe", "hdvr", "--seeds", "4,5", *words]) == 0
    assert [(call[0], call[1]["seed_everything"], call[2]) for call in trained] == [
        (stage, seed, "paper") for seed in (4, 5) for stage in ("motion", "genre")
    ]
    table = Path(capsys.readouterr().out.splitlines()[-1])
    assert table.name.startswith("trials-hdvr-motion-genre-")


def test_each_training_of_a_sweep_is_a_system_of_its_own(trained, delivered, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("lift.safetensors").write_bytes(b"weights")
    assert main(["train", "--recipe", "videopose3d", "--seeds", "4,5", "--cache", "cache"]) == 0
    assert [told["command"][-1] for _, _, told in delivered] == ["4", "5"]
    assert "to run seed_everything=5:\n  dance3d run VIDEO -c y" in capsys.readouterr().out


def test_a_sweep_of_a_recipe_is_trained_without_a_best(trained, delivered, tmp_path, capsys):
    words = ["--runs", str(tmp_path), "--cache", str(tmp_path / "cache")]
    mine = tmp_path / "mine.yaml"
    mine.write_text("train: {lift: {model: {width: 8}}}\nsweep: {data.only: [[salsa], [indian]]}")
    assert main(["train", "--recipe", str(mine), *words]) == 0
    assert [call[1] for call in trained] == [
        {"model": {"width": 8}, "data": {"only": [genre]}} for genre in ("salsa", "indian")
    ]
    assert "best" not in capsys.readouterr().out and not delivered, "weights that are not here"


def test_recipes_are_listed_with_their_first_lines(capsys):
    assert main(["train", "--recipe", "help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("dance3d ") and "hdvr  " in said.replace("hdvr   ", "hdvr  ") and "ICCV 2021" in said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--recipe", "hdrv"], "recipe 'hdrv' is not known; choose from dance3d, bai"),
        (["--recipe", "hdvr", "--ship"], "cross-fitted or not, not for hdvr"),
        (["lift", "--recipe", "hdvr"], "recipe hdvr does not train lift; it trains motion, genre"),
        (["genre", "--recipe", "hdvr", "--method", "paper"], "counts only with one stage, and without --recipe"),
        (["--recipe", "hdvr", "--sweep", "x.yaml"], "--sweep counts only with one stage; recipe hdvr trains motion"),
        (["--recipe", "hdvr", "--videos", "v"], "no stage of recipe hdvr is so"),
        (["--recipe", "hdvr", "--ray"], "--ray local counts only with --sweep or --seeds: hdvr has no sweep"),
        (["--recipe", "hdvr", "--weights", "lift=x"], "--weights lift=x counts for nothing: with the settings of"),
    ],
)
def test_words_that_do_not_go_with_a_recipe_are_refused(trained, delivered, capsys, words, line):
    try:
        assert main(["train", *words]) in (2, 3)
    except SystemExit as end:
        assert end.code == 2
    assert line in capsys.readouterr().err and not trained


def test_weights_to_go_on_from_are_a_file_or_those_that_ship(tmp_path):
    asked = lambda start, method="semi": SimpleNamespace(start=start, method=method)  # noqa: E731
    assert start_of(asked(None), "lift") is None
    assert start_of(asked("shipped"), "lift") == default("lift")
    assert start_of(asked("shipped", "unsupervised"), "lift") == default("lift-unsupervised")
    with pytest.raises(UsageError, match="--start none: no such file; give weights, or shipped"):
        start_of(asked("none"), "lift")
