"""One short line per epoch: the same in a log file and on a terminal, right after a resume, silent with -q."""

import io
import logging
import re
import sys
from types import SimpleNamespace

import pytest
from lightning.pytorch.callbacks import ModelCheckpoint

from dance3d import registry
from dance3d.cli.common import loudness
from dance3d.cli.stage import run_stage
from dance3d.training import fit as training
from dance3d.training.callbacks.epoch_lines import WIDTH, EpochLines, _figure, duration

FEW = {
    "trainer.max_epochs": 3,
    "trainer.accelerator": "cpu",
    "checkpoint.monitor": "val/loss",
    "wandb": "off",
    "trainer.check_val_every_n_epoch": 2,
}
LINE = re.compile(
    r"epoch (?P<epoch>\d)/(?P<epochs>\d)  loss (?P<loss>[\d.]+) *  (?P<name>\S+) (?P<score>[\d.]+|-) *  +"
    r"(?P<seconds>[\d.]+) s(?:  best (?P<best>[\d.]+) \(epoch (?P<at>\d)\))?(?:  (?P<left>\d+ s) left)?"
)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    row = registry.Stage("toy", ("lift",), "Movements", 1, "", module="toy_stage:ToyModule", data="toy_stage:ToyData")
    monkeypatch.setitem(registry.STAGES, "toy", row)


@pytest.fixture
def said(caplog):
    """Fits, and gives the epoch lines."""
    caplog.set_level(logging.INFO)

    def fit(folder, **given):
        caplog.clear()
        training.fit("toy", {**FEW, **given}, [training.config("base")], folder)
        lines = [record.getMessage() for record in caplog.records if record.name.endswith(".epoch_lines")]
        fit.table = next((line for line in lines if "\n" in line), "")
        return [line for line in lines if "\n" not in line]

    return fit


def test_a_line_has_epoch_loss_score_seconds_and_best(tmp_path, said, capfd):
    lines = said(tmp_path)
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found) and len(found) == 3, lines
    assert [(line["epoch"], line["epochs"], line["name"]) for line in found] == [
        (str(e), "3", "val/loss") for e in (1, 2, 3)
    ]
    assert [line["score"] == "-" for line in found] == [True, False, True], "scored every second epoch"
    assert found[0]["best"] is None, "the trial before training counts for nothing"
    assert found[1]["best"] == found[2]["best"] == found[1]["score"] and found[2]["at"] == "2"
    assert [line["left"] is None for line in found] == [False, False, True], "nothing is left after the last"
    assert max(map(len, lines)) < 90
    assert "it/s" not in capfd.readouterr().err


def test_the_loss_is_the_mean_of_the_epoch(tmp_path, said):
    import csv

    lines = said(tmp_path)
    with (tmp_path / "logs/version_0/metrics.csv").open() as file:  # which the module means over the epoch too
        means = [float(row["train/loss"]) for row in csv.DictReader(file) if row["train/loss"]]
    assert [float(LINE.fullmatch(line)["loss"]) for line in lines] == pytest.approx(means, rel=1e-3)


def test_a_stop_inside_an_epoch_changes_no_line(tmp_path, said):
    whole = said(tmp_path / "whole", **{"trainer.check_val_every_n_epoch": 1, "checkpoint.mode": "max"})
    few = {"trainer.check_val_every_n_epoch": 1, "checkpoint.mode": "max"}
    with pytest.raises(KeyboardInterrupt):
        said(tmp_path / "two", **few, model={"kill": 12})
    lines = said(tmp_path / "two", **few)
    [before, after] = [LINE.fullmatch(line).groupdict() for line in (whole[2], *lines)]
    assert before["at"] == "1", "the score falls, so the first is the greatest"
    assert after | {"seconds": ""} == before | {"seconds": ""}, "the loss is of the whole epoch, too"


def test_without_a_number_of_epochs_the_steps_say_how_far_it_is(tmp_path, said):
    lines = said(tmp_path, **{"trainer.max_epochs": -1, "trainer.max_steps": 10})
    assert [line.split("  ")[0] for line in lines] == ["epoch 1, step 5/10", "epoch 2, step 10/10"]


def test_quiet_says_nothing_and_a_progress_bar_of_the_users_takes_its_place(tmp_path, said, capfd):
    class Quiet:
        quiet, verbose = True, False

    with loudness(Quiet):
        assert said(tmp_path / "a") == []
    assert said(tmp_path / "b", **{"trainer.enable_progress_bar": False}) == []
    bar = [{"class_path": "lightning.pytorch.callbacks.TQDMProgressBar"}]
    assert said(tmp_path / "c", **{"trainer.callbacks": bar, "trainer.max_epochs": 1}) == []
    assert "Epoch 0" in capfd.readouterr().out


def test_a_quiet_command_prints_where_the_weights_are(tmp_path, capfd, caplog):
    words = [f"--{name}={value}" for name, value in {**FEW, "run_folder": tmp_path}.items()]
    words = ["-c", "configs/base.yaml", *words]
    assert run_stage("toy", ["fit", "-q", *words]) == 0
    assert capfd.readouterr().out == f"{tmp_path / 'weights.safetensors'}\n"
    assert run_stage("toy", ["fit", "-q", "--nonsense=1", *words]) == 2
    assert capfd.readouterr().out == "" and "nonsense" in caplog.text


def test_a_terminal_shows_the_step_and_is_left_clean(tmp_path, said, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setattr("dance3d.training.callbacks.epoch_lines.REDRAWN", 0.0)
    lines = said(tmp_path, **{"trainer.max_epochs": 1, "trainer.check_val_every_n_epoch": 1})
    shown = out.getvalue()
    assert "epoch 1/1, step 3 of 5\x1b[K\r" in shown and "validation, batch 1 of 5\x1b[K\r" in shown
    assert "\n" not in shown.replace("".join(line + "\n" for line in lines), "")
    assert shown.count("\r") >= 10 and shown.rstrip("\n").split("\x1b[K")[-1] in ("", lines[0])


def test_figures_are_short():
    assert [_figure(value) for value in (0.00012345, 0.5, 83.2149, 1234.5, 3.2e7)] == [
        *("0.0001234", "0.5", "83.21", "1234", "32000000"),
    ]


def test_a_time_is_told_in_its_unit():
    told = {0.2: "0 s", 89: "89 s", 90: "2 min", 5399: "90 min", 9000: "2.5 h"}
    assert {seconds: duration(seconds) for seconds in told} == told


def test_a_table_at_the_end_has_the_best_and_the_last_figures(tmp_path, said):
    lines = said(tmp_path, **{"trainer.check_val_every_n_epoch": 1, "checkpoint.mode": "max"})
    head, row = said.table.splitlines()
    assert head.split() == ["best", "(epoch", "1)", "last"] and row.split()[0] == "val/loss"
    assert row.split()[1:] == [LINE.fullmatch(lines[0])["score"], LINE.fullmatch(lines[-1])["score"]]


def test_no_line_is_wider_than_a_terminal_and_none_says_nan(tmp_path, monkeypatch):
    shown = EpochLines()
    shown._steps, shown._total, shown._scored, shown.best, shown.best_epoch = 1, 1234.5, True, 123456.0, 1000
    shown._seconds, name = [123456.7], "val/a_score_with_a_name_that_no_line_has_room_for"
    metrics = {name: float("nan"), **{f"val/{number:02d}{'x' * 90}": 0.5 for number in range(20)}}
    trainer = SimpleNamespace(current_epoch=999, max_epochs=9999, callback_metrics=metrics, should_stop=False)
    chooses = ModelCheckpoint(monitor=name)
    trainer.checkpoint_callbacks = [chooses]
    line = shown._line(trainer, 123456.7)
    assert len(line) <= WIDTH and "nan" not in line
    shown._last = metrics
    table = shown._table(name).splitlines()
    assert max(map(len, table)) <= WIDTH and "nan" not in "".join(table) and table[-1] == "9 more are in metrics.csv"
