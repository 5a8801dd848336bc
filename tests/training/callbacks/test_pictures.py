"""Pictures and charts that reach W&B."""

from types import SimpleNamespace

import pytest
from fake_wandb_run import CHARTS, fit, make_fake_wandb, make_toy
from toy_stage import ToyModule

from dance3d.training.callbacks.pictures import Pictures


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    return make_toy(monkeypatch, tmp_path)


@pytest.fixture
def fake_wandb(monkeypatch):
    return make_fake_wandb(monkeypatch)


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


def test_every_process_is_asked_for_pictures_and_the_first_shows_them(tmp_path):
    """A picture may be made of a metric, whose sum over processes waits for all of them."""
    asked = []

    class Module(ToyModule):
        def validation_pictures(self):
            asked.append(1)
            return super().validation_pictures()

    other = SimpleNamespace(sanity_checking=False, is_global_zero=False, loggers=[], global_step=1)
    Pictures(tmp_path / "pictures").on_validation_end(other, Module())
    assert asked and not (tmp_path / "pictures").exists()
