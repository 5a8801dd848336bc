"""A stage of a few numbers, with the doors of the real ones: a line fitted with dropout and random augmentation."""

import numpy as np
import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import nn
from torch.utils.data import DataLoader, Dataset

from dance3d.contracts import Movements
from dance3d.io import weights
from dance3d.movement_types import MOVEMENTS


class Points(Dataset):
    def __init__(self, count, noise):
        self.noise = noise
        self.x = torch.linspace(-1, 1, count)[:, None]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        x = self.x[index] + self.noise * (torch.randn(1) + float(np.random.randn()))
        return x.float(), (3 * self.x[index] + 1).float()


class ToyData(LightningDataModule):
    """Points of a line.

    Args:
        count: points.
        batch_size: points in a batch.
        num_workers: of the loader.
    """

    def __init__(self, count: int = 40, batch_size: int = 8, num_workers: int = 0) -> None:
        super().__init__()
        self.count, self.batch_size, self.num_workers = count, batch_size, num_workers

    def setup(self, stage: str) -> None:
        if self.count < 1:
            raise ValueError(f"data.count is {self.count}, expected 1 or more")
        self.noisy, self.points = Points(self.count, 0.1), Points(self.count, 0)

    def train_dataloader(self):
        return DataLoader(self.noisy, batch_size=self.batch_size, shuffle=True, num_workers=self.num_workers)

    def val_dataloader(self):
        return DataLoader(self.points, batch_size=self.batch_size, num_workers=self.num_workers)

    test_dataloader = predict_dataloader = val_dataloader


class ToyModule(LightningModule):
    """A line.

    Args:
        width: hidden channels.
        poison: step at which the loss turns to NaN; none if negative.
        kill: step at which a signal is raised; none if negative.
        signal: number of that signal.
    """

    def __init__(self, width: int = 8, poison: int = -1, kill: int = -1, signal: int = 15) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(1, width), nn.Dropout(0.2), nn.ReLU(), nn.Linear(width, 1))

    def _step(self, batch, split):
        x, y = batch
        loss = (self.net(x) - y).square().mean()
        self.log(f"{split}/loss", loss, on_epoch=True, on_step=False)
        return loss

    def training_step(self, batch, batch_idx):
        loss = self._step(batch, "train")
        if self.global_step == self.hparams.kill:
            import signal

            signal.raise_signal(self.hparams.signal)
        return loss * float("nan") if self.global_step == self.hparams.poison else loss

    def validation_step(self, batch, batch_idx):
        self._step(batch, "val")

    def test_step(self, batch, batch_idx):
        self._step(batch, "test")

    def predict_step(self, batch, batch_idx):
        prob = self.net(batch[0]).sigmoid().float().repeat(1, len(MOVEMENTS))
        return [Movements(prob=prob.cpu().numpy(), time=np.arange(len(prob)) / 30)]

    def validation_pictures(self):
        return {"val/grey": np.full((8, 8, 3), 128, np.uint8)}

    def export(self, path):
        arrays = {name: value.cpu().numpy() for name, value in self.net.state_dict().items()}
        weights.save(path, arrays, "toy", {"width": self.hparams.width})
