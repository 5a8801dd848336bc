"""Trainings of the toy stage."""

import torch

from dance3d import registry
from dance3d.training import fit as training

BASE = training.config("base")
FEW = {"trainer.max_epochs": 3, "trainer.accelerator": "cpu", "wandb": "off", "checkpoint.monitor": "val/loss"}


def make_toy(monkeypatch):
    row = registry.Stage("toy", ("lift",), "Movements", 1, "", module="toy_stage:ToyModule", data="toy_stage:ToyData")
    monkeypatch.setitem(registry.STAGES, "toy", row)


def fit(folder, resume=True, **given):
    return training.fit("toy", {**FEW, **given}, [BASE], folder, resume=resume)


def last(folder):
    return torch.load(folder / "checkpoints/last.ckpt", weights_only=True)


def assert_equal_runs(one, two):
    """Weights, optimiser and schedule of two runs are the same, bit for bit."""
    a, b = last(one), last(two)
    assert a["epoch"] == b["epoch"] and a["global_step"] == b["global_step"]
    assert a["lr_schedulers"] == b["lr_schedulers"]
    for name, value in a["state_dict"].items():
        assert torch.equal(value, b["state_dict"][name]), name
    for key, state in a["optimizer_states"][0]["state"].items():
        for name, value in state.items():
            assert torch.equal(value, b["optimizer_states"][0]["state"][key][name]), name
    assert a["optimizer_states"][0]["param_groups"] == b["optimizer_states"][0]["param_groups"]
