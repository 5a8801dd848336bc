"""P16: no logger ends a training: W&B absent, without key or network, or dying at any moment, is one line.

Seen to fail under the mutations of ``mutations/p16.yaml``: errors of W&B that are let through.
"""

import sys

import pytest
from fake_wandb_run import fit, make_fake_wandb, make_toy

ONE = {"trainer.max_epochs": 1}


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    return make_toy(monkeypatch, tmp_path)


def whole(folder):
    """Whether a training left its weights and its figures."""
    figures = folder / "logs/version_0/metrics.csv"
    return (folder / "weights.safetensors").exists() and "val/loss" in figures.read_text()


@pytest.mark.parametrize("call", ["config", "define_metric", "log", "finish"])
@pytest.mark.parametrize("error", [BrokenPipeError("gone"), KeyError("x")], ids=repr)
def test_a_service_that_dies_at_any_call_costs_no_training(tmp_path, monkeypatch, caplog, call, error):
    fake = make_fake_wandb(monkeypatch)

    def fails(*args, **kwargs):
        raise error

    setattr(*((fake.run.config, "update") if call == "config" else (fake.run, call)), fails)
    fit(tmp_path, **ONE)
    assert whole(tmp_path) and caplog.text.count("W&B stopped") == 1


def test_without_wandb(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "wandb", None)
    fit(tmp_path, **ONE)
    assert whole(tmp_path) and caplog.text.count("W&B stopped") == 1


@pytest.mark.parametrize("refuse", [1, 2])
def test_without_network_or_place_to_write(tmp_path, monkeypatch, refuse):
    fake = make_fake_wandb(monkeypatch)
    fake.refuse = [fake.errors.CommError("no route"), OSError("read-only")][:refuse]
    fit(tmp_path, wandb="online", **ONE)
    assert whole(tmp_path) and fake.modes[:2] == ["online", "offline"]


def test_without_a_key_it_stays_on_this_machine(tmp_path, monkeypatch):
    fake = make_fake_wandb(monkeypatch)
    fit(tmp_path, **ONE)
    assert whole(tmp_path) and fake.modes == ["offline"] and fake.run.logged()
