"""The LightningModule of the extremities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from dance3d.contracts import Pose3D, Tracks
from dance3d.geometry.precision import in_full_precision
from dance3d.io import weights
from dance3d.metrics.all_processes import of_all_processes
from dance3d.stages.lift.extremities.data import Windows
from dance3d.stages.lift.extremities.features import POINTS
from dance3d.stages.lift.extremities.model import ExtremityNet
from dance3d.stages.lift.extremities.shipped import WEIGHTS
from dance3d.stages.stored_nets import store_net


class ExtremityModule(L.LightningModule):
    """Trains the net of the extremities on an ``ExtremityData``; exports the running average of its weights.

    Args:
        channels: of the net's layers.
        dropout: share of a layer's answers dropped in training.
        average: decay of the running average of the weights.
        velocity: weight of the loss of the change from frame to frame beside that of the direction.
    """

    def __init__(self, channels: int = 96, dropout: float = 0.1, average: float = 0.995, velocity: float = 1.0) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = ExtremityNet(channels, dropout)
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(average), use_buffers=True)  # type: ignore[no-untyped-call]
        self.average.requires_grad_(False)
        self.found: dict[str, list[Tensor]] = {}

    @property
    def averaged(self) -> ExtremityNet:
        """The net with the running average of the weights."""
        net = self.average.module
        assert isinstance(net, ExtremityNet)
        return net

    def training_step(self, batch: Windows, batch_idx: int) -> Tensor:
        """Loss of one batch: squared distance of unit vectors, and of their changes, mean over what is known."""
        loss = torch.zeros((), device=self.device)
        for kind, one in batch.items():
            off = self.net(one.features, kind).float() - one.targets
            known = one.known.float()
            loss = loss + ((off**2).sum(-1) * known).sum() / known.sum().clamp(min=1)
            pairs = known[:, 1:] * known[:, :-1]
            change = ((off[:, 1:] - off[:, :-1]) ** 2).sum(-1)
            loss = loss + self.hparams["velocity"] * (change * pairs).sum() / pairs.sum().clamp(min=1)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, and move the running average before anyone saves a checkpoint of it."""
        super().optimizer_step(*args, **kwargs)
        self.average.update_parameters(self.net)

    def validation_step(self, batch: Windows, batch_idx: int) -> None:
        """Angles of one batch of the validation takes."""
        self._angles(batch)

    def test_step(self, batch: Windows, batch_idx: int) -> None:
        """Angles of one batch of the test takes."""
        self._angles(batch)

    def _angles(self, batch: Windows) -> None:
        for kind, one in batch.items():
            cosine = (self.averaged(one.features, kind).float() * one.targets).sum(-1).clamp(-1, 1)
            self.found.setdefault(kind, []).append(torch.rad2deg(torch.acos(cosine))[one.known].flatten().cpu())

    def on_validation_epoch_end(self) -> None:
        """Log the median angle of every kind of limb, and their mean."""
        self._log_angles("val")

    def on_test_epoch_end(self) -> None:
        """Log the median angle of every kind of limb of the test takes, and their mean."""
        self._log_angles("test")

    def _log_angles(self, split: str) -> None:
        angles = {kind: torch.cat(of_all_processes(self.found.get(kind, ()))) for kind in POINTS}
        middle = {kind: part.median() if len(part) else part.new_tensor(180.0) for kind, part in angles.items()}
        self.found, self._shown = {}, {kind: float(value) for kind, value in middle.items()}
        self.log_dict({f"{split}/{kind}_degrees": value for kind, value in middle.items()})
        mean = torch.stack([middle[kind] for kind in POINTS]).mean()
        self.log(f"{split}/degrees", mean, prog_bar=True)

    @in_full_precision
    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Pose3D]:
        """Lift tracks as the pipeline does, with its default settings and this net."""
        from dance3d.stages.lift.extremities.predict import with_extremities
        from dance3d.stages.lift.load import load
        from dance3d.stages.lift.predict import lift
        from dance3d.stages.lift.settings import LiftSettings

        lifter, net = load(weights.default("lift")), self.averaged.eval()
        return [
            with_extremities(lift(lifter, replace(track, extremities=None), LiftSettings()), track, net)
            for track in batch["keypoints"]
        ]

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """The median angle of every kind of limb."""
        from dance3d.visualization.plots import bars

        return {"val/angles": bars(self._shown, "Direction of limbs", "median angle off, degrees, validation takes")}

    def export(self, path: Path) -> None:
        """Write the averaged weights, half precision, as ``predict`` reads them."""
        store_net(path, WEIGHTS, self.averaged, self.averaged.config)
