"""W&B that is never fatal, pictures, artefacts of predictions."""

import json
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from toy_stage import ToyModule

from dance3d import registry
from dance3d.metrics import reliability
from dance3d.training import fit as training
from dance3d.training.lr_schedule import Cosine
from dance3d.training.wandb_logger import WandbLog, wandb_mode
from dance3d.visualization import wandb_charts

CHARTS = {
    "val/f1": wandb_charts.bars({"head": 0.5, "torso": float("nan")}, "F1", "F1"),
    "val/confusion": wandb_charts.confusion(np.array([[3, 1], [0, 2]]), ["salsa", "waltz"], "Confusion"),
    "val/reliability": wandb_charts.reliability(reliability(np.array([0.1, 0.9]), np.array([0, 1])), "Reliability"),
    "val/types": wandb_charts.table(["type", "F1"], [["head.bob", 0.5]]),
}
FEW = {"trainer.max_epochs": 2, "trainer.accelerator": "cpu", "checkpoint.monitor": "val/loss"}


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    row = registry.Stage("toy", ("lift",), "Movements", 1, "", module="toy_stage:ToyModule", data="toy_stage:ToyData")
    monkeypatch.setitem(registry.STAGES, "toy", row)
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


def fit(folder, **given):
    return training.fit("toy", {**FEW, **given}, [training.config("base")], folder)


class FakeRun:
    """What W&B's run is asked to do; ``fails`` names a call that raises."""

    id = "r1"

    def __init__(self, fails=""):
        self.calls, self.fails = [], fails
        self.config = SimpleNamespace(update=self._note("config"))
        self.log, self.finish, self.define_metric = self._note("log"), self._note("finish"), self._note("define")

    def _note(self, name):
        def call(*args, **kwargs):
            self.calls.append((name, args, kwargs))
            if name == self.fails:
                raise BrokenPipeError("the service is gone")

        return call

    def logged(self):
        return [args[0] for name, args, _ in self.calls if name == "log"]


@pytest.fixture
def fake_wandb(monkeypatch):
    """Puts a fake W&B in place; its ``init`` gives ``run``, or raises the errors of ``refuse`` first."""

    class CommError(Exception):
        pass

    fake = SimpleNamespace(run=FakeRun(), refuse=[], modes=[], errors=SimpleNamespace(CommError=CommError))

    def init(mode, **given):
        fake.modes.append(mode)
        if fake.refuse:
            raise fake.refuse.pop(0)
        return fake.run

    fake.Table = lambda columns, data: SimpleNamespace(columns=columns, data=data)
    fake.plot = SimpleNamespace(
        bar=lambda table, label, value, title: ("bar", table.data, label, value, title),
        line=lambda table, x, y, stroke, title: ("line", table.data, x, y, stroke, title),
    )
    fake.plot_table = lambda name, table, fields, words: (name, table.data, fields, words)
    fake.init, fake.Settings, fake.Image = init, lambda **given: given, lambda picture: ("image", picture.shape)
    monkeypatch.setitem(sys.modules, "wandb", fake)
    return fake


@pytest.mark.parametrize(
    ("mode", "environment", "expected"),
    [
        ("auto", {}, "offline"),
        ("auto", {"WANDB_API_KEY": "k"}, "online"),
        ("auto", {"WANDB_API_KEY": "k", "WANDB_MODE": "offline"}, "offline"),
        ("auto", {"WANDB_MODE": "disabled"}, "off"),
        ("online", {"WANDB_MODE": "disabled"}, "online"),
        ("off", {"WANDB_API_KEY": "k"}, "off"),
    ],
)
def test_auto_is_online_only_with_a_key(monkeypatch, mode, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wandb_mode(mode) == expected


def test_a_key_in_netrc_counts(monkeypatch, tmp_path):
    path = tmp_path / "netrc"
    path.write_text("machine api.wandb.ai login user password secret\n")
    monkeypatch.setenv("NETRC", str(path))
    assert wandb_mode("auto") == "online"
    path.write_text("not a netrc\n")
    assert wandb_mode("auto") == "offline"


def test_an_unknown_wandb_mode_in_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "perhaps")
    with pytest.raises(ValueError, match="WANDB_MODE is 'perhaps'; choose from online"):
        wandb_mode("auto")


def test_figures_the_resolved_config_and_pictures_reach_wandb(tmp_path, fake_wandb):
    fit(tmp_path)
    assert fake_wandb.modes == ["offline"]
    config = next(args[0] for name, args, _ in fake_wandb.run.calls if name == "config")
    assert config["trainer"]["gradient_clip_val"] == 1.0 and config["model"]["width"] == 8
    logged = fake_wandb.run.logged()
    assert any("val/loss" in values for values in logged)
    assert any(values.get("val/grey") == ("image", (8, 8, 3)) for values in logged)
    assert fake_wandb.run.calls[-1][0] == "finish" and fake_wandb.run.calls[-1][2] == {"exit_code": 0}
    assert (tmp_path / "logs/version_0/metrics.csv").exists()


def test_charts_are_drawn_by_wandb_after_validation_only(tmp_path, fake_wandb, monkeypatch):
    monkeypatch.setattr(ToyModule, "validation_charts", lambda self: CHARTS, raising=False)
    fit(tmp_path)
    sent = [values for values in fake_wandb.run.logged() if set(CHARTS) <= set(values)]
    assert [values["trainer/global_step"] for values in sent] == [5, 10]  # two epochs, and none for the trial before
    shown = sent[-1]
    assert shown["val/f1"] == ("bar", [["head", 0.5], ["torso", None]], "name", "F1", "F1")
    name, rows, fields, _ = shown["val/confusion"]
    assert name == "wandb/confusion_matrix/v1" and fields["Predicted"] == "answered"
    assert ["salsa", "waltz", 1] in rows and ["waltz", "waltz", 2] in rows and len(rows) == 4
    kind, rows, *_ = shown["val/reliability"]
    assert kind == "line" and [0.9, 1.0, "came true"] in rows and [1.0, 1.0, "as said"] in rows
    assert shown["val/types"].columns == ["type", "F1"]


def test_charts_that_cannot_be_sent_end_no_training(tmp_path, fake_wandb, monkeypatch, caplog):
    monkeypatch.setattr(ToyModule, "validation_charts", lambda self: CHARTS, raising=False)
    del fake_wandb.plot
    assert fit(tmp_path).exists() and caplog.text.count("W&B stopped (AttributeError") == 1


def test_a_chart_that_is_none_is_named():
    with pytest.raises(ValueError, match="kind 'pie'; choose from table, bars"):
        wandb_charts.Chart(("a",), (), "pie")
    with pytest.raises(ValueError, match="'F1' of kind bars has other than 2 columns"):
        wandb_charts.Chart(("a", "b"), (("x",),), "bars", "F1")
    with pytest.raises(ValueError, match=r"2 classes have shape \(3, 3\)"):
        wandb_charts.confusion(np.zeros((3, 3)), ["a", "b"], "")


@pytest.mark.parametrize("fails", ["config", "log", "finish", "define"])
def test_a_service_that_dies_is_said_once_and_training_ends_well(tmp_path, fake_wandb, caplog, fails):
    fake_wandb.run = FakeRun(fails)
    assert fit(tmp_path).exists()
    assert caplog.text.count("W&B stopped (BrokenPipeError: the service is gone)") == 1
    assert "val/loss" in (tmp_path / "logs/version_0/metrics.csv").read_text()


def test_without_wandb_installed_training_ends_well(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert fit(tmp_path).exists()
    assert "W&B stopped (ModuleNotFoundError" in caplog.text


def test_no_network_goes_on_offline(tmp_path, fake_wandb, caplog):
    fake_wandb.refuse = [fake_wandb.errors.CommError("no route")]
    fit(tmp_path, wandb="online")
    assert fake_wandb.modes == ["online", "offline"] and "going on offline" in caplog.text
    assert fake_wandb.run.logged()


def test_off_does_not_touch_wandb(tmp_path, fake_wandb):
    fit(tmp_path, wandb="off")
    assert fake_wandb.modes == []


def test_the_real_wandb_writes_offline_without_a_key(tmp_path):
    pytest.importorskip("wandb")
    logger = WandbLog(tmp_path, "dance3d", "test", "offline")
    logger.log_hyperparams({"a": 1})
    logger.log_metrics({"val/loss": 0.5}, step=3)
    logger.log_pictures({"val/grey": np.full((8, 8, 3), 128, np.uint8)}, step=3)
    logger.log_charts(CHARTS, step=3)
    assert logger.version
    logger.finalize("success")
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb")) and list(tmp_path.glob("wandb/**/*.png"))
    tables = [json.loads(path.read_text()) for path in tmp_path.glob("wandb/**/*.table.json")]
    assert {"true", "answered", "times"} in [set(one["columns"]) for one in tables] and len(tables) == len(CHARTS)


def test_the_schedule_warms_up_falls_and_ends_at_its_floor():
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = Cosine(optimizer, warmup=0.1, final=0.1)
    schedule.stretch(100)
    shares = [schedule.share(step) for step in range(101)]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(2.0 * shares[0]) and 0 < shares[0] < 0.1
    assert shares[10] == 1 and shares[55] == pytest.approx(0.55) and shares[100] == pytest.approx(0.1)
    assert np.all(np.diff(shares[:11]) > 0)
    assert np.all(np.diff(shares[10:]) < 0)
    with pytest.raises(ValueError, match=r"lr_scheduler\.final is 2"):
        Cosine(optimizer, final=2)


def test_a_geometric_fall_multiplies_by_the_same_factor_in_every_step():
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = Cosine(optimizer, final=0.95**8, geometric=True)
    schedule.stretch(8)
    assert [schedule.share(step) for step in range(10)] == pytest.approx([0.95 ** min(step, 8) for step in range(10)])
    with pytest.raises(ValueError, match="never reaches"):
        Cosine(optimizer, geometric=True)
