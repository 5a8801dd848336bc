"""Checkpoint files: what is read, what is refused, and where training goes on."""

import shutil
import zipfile

import pytest
import torch
import yaml
from toy_runs import BASE, FEW, assert_equal_runs, fit, last, make_toy

from dance3d.training import checkpoint_files
from dance3d.training import fit as training


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run of two epochs."""
    folder = tmp_path_factory.mktemp("run") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        make_toy(patch)
        fit(folder, **{"trainer.max_epochs": 2})
    return folder


@pytest.fixture(scope="module")
def longer(whole, tmp_path_factory):
    """The last checkpoint of that run after it went on with the settings that it had."""
    folder = tmp_path_factory.mktemp("run") / "longer"
    shutil.copytree(whole, folder)
    with pytest.MonkeyPatch.context() as patch:
        make_toy(patch)
        fit(folder)
    return last(folder)


def test_a_damaged_last_checkpoint_falls_back_to_the_one_before_and_says_so(tmp_path, caplog):
    fit(tmp_path / "whole")
    fit(tmp_path / "cut", **{"trainer.max_epochs": 3})
    path = tmp_path / "cut/checkpoints/last.ckpt"
    path.write_bytes(path.read_bytes()[:-500])
    fit(tmp_path / "cut")
    assert "last.ckpt is damaged or foreign" in caplog.text and "previous.ckpt" in caplog.text
    assert_equal_runs(tmp_path / "whole", tmp_path / "cut")


def test_flipped_bytes_make_a_checkpoint_invalid(whole, tmp_path):
    path = tmp_path / "a.ckpt"
    torch.save({**last(whole), "more": torch.arange(4000)}, path)  # the middle of the file is the middle of this
    assert checkpoint_files.valid(path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 255
    path.write_bytes(raw)
    assert not checkpoint_files.valid(path) and not checkpoint_files.valid(tmp_path / "none.ckpt")


FOREIGN = {
    "list": lambda stored: [1],
    "tensor": lambda stored: torch.zeros(3),
    "empty": lambda stored: {},
    "weights only": lambda stored: stored["state_dict"],
    "settings that are a list": lambda stored: {**stored, "hyper_parameters": [1]},
    "weights that are text": lambda stored: {**stored, "state_dict": {"a": "b"}},
    "epoch that is text": lambda stored: {**stored, "epoch": "one"},
    "no optimizer": lambda stored: {name: value for name, value in stored.items() if name != "optimizer_states"},
    "optimizer without groups": lambda stored: {**stored, "optimizer_states": [{"state": {}}]},
    "optimizer that is a list": lambda stored: {**stored, "optimizer_states": [[1]]},
    "schedule without a step": lambda stored: {**stored, "lr_schedulers": [{}]},
    "loops of another kind": lambda stored: {**stored, "loops": {"fit_loop": 3}},
    "callbacks that are a list": lambda stored: {**stored, "callbacks": [1]},
    "no version": lambda stored: {**stored, "pytorch-lightning_version": 3},
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_checkpoint_is_one_line_and_is_passed_over_on_resume(whole, tmp_path, caplog, change):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    path = folder / "checkpoints/last.ckpt"
    torch.save(change(last(folder)), path)
    with pytest.raises(ValueError, match=r"last\.ckpt is no checkpoint of dance3d to go on from: "):
        checkpoint_files.read(path, resume=True)
    assert checkpoint_files.latest(path.parent) == path.with_name("previous.ckpt")
    assert "last.ckpt is damaged or foreign" in caplog.text


INSIDE = {
    "loops without their state": ("loops", {"fit_loop": {}}),
    "another net": ("state_dict", {"a": torch.ones(2)}),
    "another optimizer": ("optimizer_states", [{"state": {}, "param_groups": [{"params": []}]}]),
    "no such width": ("hyper_parameters", {"width": -5}),
    "a width beyond memory": ("hyper_parameters", {"width": 10**13}),
    "a width that is text": ("hyper_parameters", {"width": "wide"}),
}


@pytest.mark.parametrize(("name", "value"), INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize("word", ["fit", "validate"])
def test_a_checkpoint_of_another_run_is_one_line(whole, tmp_path, caplog, word, name, value):
    path = tmp_path / "other.ckpt"
    torch.save({**last(whole), name: value}, path)
    few = [f"--{one}={given}" for one, given in FEW.items()]
    code = training.main("toy", [word, "-c", str(BASE), *few, f"--run_folder={tmp_path}", f"--ckpt_path={path}"])
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    if word == "validate" and name == "optimizer_states":  # which it does not read
        assert code == 0 and not errors
    else:
        assert code == 2 and len(errors) == 1 and "\n" not in errors[0]


def group(stored):
    return stored["optimizer_states"][0]["param_groups"][0]


def schedule(stored):
    return stored["lr_schedulers"][0]


GIVEN = [("optimizer.lr", 0.0), ("optimizer.lr", 0.5), ("optimizer.weight_decay", 0.3), ("optimizer.eps", 0.001)]
GIVEN += [("optimizer.betas", [0.5, 0.6]), ("optimizer.maximize", True)]
GIVEN += [("lr_scheduler.warmup", 0.9), ("lr_scheduler.final", 1.0)]


@pytest.mark.parametrize(("name", "value"), GIVEN)
def test_settings_of_optimizer_and_schedule_count_on_resume(whole, longer, tmp_path, name, value):
    shutil.copytree(whole, tmp_path / "other")
    fit(tmp_path / "other", **{name: value})
    other, before = last(tmp_path / "other"), last(whole)
    moved = {one: not torch.equal(found, longer["state_dict"][one]) for one, found in other["state_dict"].items()}
    assert any(moved.values())
    kind, _, word = name.partition(".")
    used = schedule(other) if kind == "lr_scheduler" else group(other)
    used = used["initial_lr"] if word == "lr" else used[word]
    assert used == (tuple(value) if isinstance(value, list) else value)
    assert yaml.safe_load((tmp_path / "other/logs/version_1/config.yaml").read_text())[kind]["init_args"][word] == value
    if value == 0:
        assert all(torch.equal(found, other["state_dict"][one]) for one, found in before["state_dict"].items())


def test_settings_that_nobody_names_on_resume_are_those_of_the_checkpoint(tmp_path):
    few = {**FEW, "trainer.max_epochs": 1}
    own = {"optimizer.lr": 0.02, "optimizer.weight_decay": 0.3, "lr_scheduler.final": 0.5, "lr_scheduler.warmup": 0.1}
    training.fit("toy", {**few, **own}, [], tmp_path)
    training.fit("toy", {**few, "trainer.max_epochs": 2}, [], tmp_path)
    found = last(tmp_path)
    assert (group(found)["initial_lr"], group(found)["weight_decay"]) == (0.02, 0.3)
    assert (schedule(found)["final"], schedule(found)["warmup"]) == (0.5, 0.1)
    assert group(found)["lr"] == pytest.approx(0.01)


def test_a_change_that_the_optimizers_state_cannot_follow_is_refused(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(ValueError, match="amsgrad cannot begin with a checkpoint that was trained without it"):
        fit(tmp_path / "run", **{"optimizer.amsgrad": True})


def test_names_inside_that_are_no_text_are_damage_of_the_file(tmp_path):
    path = tmp_path / "last.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ä", b"")
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\xff\xb8"))
    with pytest.raises(ValueError, match=r"last\.ckpt is no whole checkpoint: 'utf-8' codec"):
        checkpoint_files.read(path)


def test_the_score_that_chose_the_best_weights_is_in_the_checkpoint(whole):
    best = checkpoint_files.read(whole / "checkpoints/best.ckpt")
    metric, score = checkpoint_files.best_score(best)
    rows = (whole / "logs/version_0/metrics.csv").read_text().splitlines()
    column = rows[0].split(",").index("val/loss")
    assert metric == "val/loss" and score == pytest.approx(
        min(float(v) for r in rows[1:] if (v := r.split(",")[column]))
    )
    assert checkpoint_files.best_score({"callbacks": {}}) is None
