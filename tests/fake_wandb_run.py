"""A stand-in for W&B and a toy training that logs to it."""

import os
import sys
import time
from types import SimpleNamespace

import numpy as np
import offline_run

from dance3d import registry
from dance3d.metrics import reliability
from dance3d.training import fit as training
from dance3d.visualization import wandb_charts

CHARTS = {
    "val/f1": wandb_charts.bars({"head": 0.5, "torso": float("nan")}, "F1", "F1"),
    "val/confusion": wandb_charts.confusion(np.array([[3, 1], [0, 2]]), ["salsa", "waltz"], "Confusion"),
    "val/reliability": wandb_charts.reliability(reliability(np.array([0.1, 0.9]), np.array([0, 1])), "Reliability"),
    "val/types": wandb_charts.table(["type", "F1"], [["head.bob", 0.5]]),
}
FEW = {"trainer.max_epochs": 2, "trainer.accelerator": "cpu", "checkpoint.monitor": "val/loss"}


def make_toy(monkeypatch, tmp_path):
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
        self.log_artifact = self._note("artifact")

    def _note(self, name):
        def call(*args, **kwargs):
            self.calls.append((name, args, kwargs))
            if name == self.fails:
                raise BrokenPipeError("the service is gone")

        return call

    def logged(self):
        return [args[0] for name, args, _ in self.calls if name == "log"]


def make_fake_wandb(monkeypatch):
    """Puts a fake W&B in place; its ``init`` gives ``run``, or raises the errors of ``refuse`` first."""

    class CommError(Exception):
        pass

    fake = SimpleNamespace(run=FakeRun(), refuse=[], modes=[], errors=SimpleNamespace(CommError=CommError))

    def init(mode, **given):
        fake.modes.append(mode)
        fake.given = given
        if fake.refuse:
            raise fake.refuse.pop(0)
        return fake.run

    fake.Artifact = lambda name, type, metadata: SimpleNamespace(
        name=name, type=type, metadata=metadata, add_file=lambda path, name="": None
    )
    fake.Table = lambda columns, data: SimpleNamespace(columns=columns, data=data)
    fake.plot = SimpleNamespace(
        bar=lambda table, label, value, title: ("bar", table.data, label, value, title),
        line=lambda table, x, y, stroke, title: ("line", table.data, x, y, stroke, title),
    )
    fake.plot_table = lambda name, table, fields, words: (name, table.data, fields, words)
    fake.init, fake.Settings, fake.Image = init, lambda **given: given, lambda picture: ("image", picture.shape)
    monkeypatch.setitem(sys.modules, "wandb", fake)
    return fake


def finished_runs(folder, number, patience=20.0):
    """What the offline runs below a folder hold, once whole: W&B writes on for a moment after ``finish``.

    Args:
        folder: where W&B keeps its files.
        number: of runs.
        patience: seconds to wait.
    """
    end = time.monotonic() + patience
    while True:
        files = sorted(folder.glob("wandb/offline-run-*/*.wandb"))
        if len(files) == number and all("exit" in dict(offline_run.by_kind(path)) for path in files):
            return [offline_run.contents(path) for path in files]
        assert time.monotonic() < end, f"{len(files)} runs of {number}, or one is not whole"
        time.sleep(0.2)
