"""A training of the toy stage in two processes: ``python ddp_toy.py FOLDER WORDS``."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import toy_runs
from torchmetrics import MeanMetric
from toy_stage import ToyModule

from dance3d import registry
from dance3d.training import fit as training


class Module(ToyModule):
    """With a part that takes turns, a picture made of a metric, and a loss that is NaN in one process where asked."""

    def __init__(self, width: int = 8, poison: int = -1) -> None:
        super().__init__(width)
        self.other, self.mean, self.bad = torch.nn.Linear(1, 1), MeanMetric(), poison

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        loss = loss + self.other(batch[0]).mean() if batch_idx % 2 else loss
        return loss * float("nan") if self.global_rank == 1 and self.global_step == self.bad else loss

    def validation_step(self, batch, batch_idx):
        super().validation_step(batch, batch_idx)
        self.mean.update(batch[0])

    def validation_pictures(self):
        self.mean.compute()
        return super().validation_pictures()


if __name__ == "__main__":
    toy_runs.make_toy(pytest.MonkeyPatch())
    registry.STAGES["toy"] = replace(registry.STAGES["toy"], module="ddp_toy:Module")
    files = [word for path in (toy_runs.BASE, training.config("machine/ddp")) for word in ("-c", str(path))]
    few = {**toy_runs.FEW, "trainer.max_epochs": 1, "trainer.devices": 2, "trainer.precision": "32-true"}
    words = [f"--{name}={value}" for name, value in few.items()]
    sys.exit(training.main("toy", ["fit", *files, *words, f"--run_folder={Path(sys.argv[1])}", *sys.argv[2:]]))
