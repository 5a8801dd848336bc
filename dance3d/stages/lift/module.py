"""The lifter's LightningModule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchmetrics import MetricCollection

from dance3d import losses
from dance3d.contracts import Pose3D, Tracks
from dance3d.geometry.precision import full_precision, in_full_precision
from dance3d.metrics import MPJPE, MPJVE, NMPJPE, PMPJPE, AccelerationError, ErrorBy
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.load import Net, load
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.stored_nets import store_net
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


class LiftModule(L.LightningModule):
    """Trains a net on chunks; validates and exports the running average of its weights.

    Args:
        width: channels of the net.
        taps: filter widths; their product is the receptive field.
        dropout: share of channels dropped in training.
        causal: the net reads past frames only.
        net: ``lifter``, or ``videopose3d`` for the structure of the paper, whose batch-norm momentum decays during
            training.
        average: decay of the running average of the weights.
        velocity: weight of the velocity loss beside the position loss.
        bones: weight of the bone-length loss.
        start: weights file to start from, of a net of the same width and taps; empty: random weights.
    """

    def __init__(
        self,
        width: int = 512,
        taps: tuple[int, ...] = (3, 3, 3),
        dropout: float = 0.1,
        causal: bool = False,
        net: Literal["lifter", "videopose3d"] = "lifter",
        average: float = 0.995,
        velocity: float = 0.5,
        bones: float = 0.1,
        start: str = "",
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        own = net == "lifter"
        self.net: Net = (
            Lifter(width, taps, dropout, causal) if own else VideoPose3D(width, taps, dropout, causal, fps=Lifter.fps)
        )
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(average))  # type: ignore[no-untyped-call]
        self.average.requires_grad_(False)
        metrics = {"mpjpe_mm": MPJPE(), "p_mpjpe_mm": PMPJPE(), "n_mpjpe_mm": NMPJPE(), "mpjve_mm": MPJVE()}
        metrics |= {"acceleration_mm": AccelerationError()}
        self.val_scores = MetricCollection(dict(metrics), prefix="val/")
        self.test_scores = self.val_scores.clone(prefix="test/")
        self.errors = ErrorBy()

    def setup(self, stage: str) -> None:
        """Load the start weights, unless training resumes from a checkpoint.

        Raises:
            ValueError: they belong to another net.
        """
        path = self.hparams["start"]
        if stage == "fit" and path and not self.trainer.ckpt_path:
            given = load(Path(path))
            for name in ("net", "width", "taps", "causal"):
                one, other = given.config.get(name), self.net.config.get(name)
                if one != other:
                    raise ValueError(f"model.start {path} has {name} {one}, not {other}")
            for net in (self.net, self.averaged):
                net.load_state_dict(given.state_dict())

    @property
    def averaged(self) -> Net:
        """The net with the running average of the weights."""
        net = self.average.module
        assert isinstance(net, Lifter | VideoPose3D)
        return net

    def on_train_epoch_start(self) -> None:
        """Lower the momentum of batch norms as training goes on."""
        if isinstance(self.net, VideoPose3D):
            self.net.momentum(self.global_step / self.trainer.estimated_stepping_batches)

    def _step(self, batch: LiftBatch, split: str) -> Tensor:
        net = self.net if split == "train" else self.averaged
        encoded = net.read(batch.rays, batch.present, PROTOCOL_CAMERA)
        predicted = net(encoded.features).float()
        with full_precision():
            true = net.inner(batch.xyz @ encoded.rotation.transpose(-1, -2))
        loss = self.weighted_sum(self.parts(predicted, true)) if split == "train" else torch.zeros(())
        if split != "train":
            scores = self.val_scores if split == "val" else self.test_scores
            scores.update(predicted, true)
            self.errors.update(predicted, true, batch.genre)
            self._shown = predicted[0, 0].detach(), true[0, 0]
        return loss

    def parts(self, predicted: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Terms of the loss by name, from predicted and true poses (B, T, J, 3); single frames have no velocity."""
        pairs = {"position": losses.distance(predicted, true)}
        if predicted.shape[1] > 1:
            pairs["velocity"] = losses.velocity(predicted, true)
        # Means over the joints besides the root, which counts only for nets that do not place it at zero by themselves.
        means = {name: off.sum(-1).mean() / (off.shape[-1] - 1) for name, off in pairs.items()}
        return means | {"bones": losses.bone_lengths(predicted, true).mean()}

    def weighted_sum(self, parts: dict[str, Tensor]) -> Tensor:
        """Log the terms of the training loss and return their weighted sum.

        A weight is the setting of the same name, else 1.
        """
        loss = torch.stack([self.hparams.get(name, 1.0) * part for name, part in parts.items()]).sum()
        self.log("train/loss", loss, prog_bar=True)
        self.log_dict({f"train/{name}": value for name, value in parts.items()})
        return loss

    def training_step(self, batch: LiftBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        return self._step(batch, "train")

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, and move the running average before anyone saves a checkpoint of it."""
        super().optimizer_step(*args, **kwargs)
        self.average.update_parameters(self.net)

    def validation_step(self, batch: LiftBatch, batch_idx: int) -> None:
        """Score one batch of the validation takes."""
        self._step(batch, "val")

    def test_step(self, batch: LiftBatch, batch_idx: int) -> None:
        """Score one batch of the test takes."""
        self._step(batch, "test")

    def on_validation_epoch_end(self) -> None:
        """Log the scores, and the error of every genre; keep the error breakdown for the plots."""
        self._log_scores("val", self.val_scores, self.trainer.val_dataloaders)

    def on_test_epoch_end(self) -> None:
        """Log the scores, and the error of every genre, of the test takes."""
        self._log_scores("test", self.test_scores, self.trainer.test_dataloaders)

    def _log_scores(self, split: str, scores: MetricCollection, loader: Any) -> None:
        self.log_dict(scores.compute(), prog_bar=split == "val")
        scores.reset()
        self._found, self._genres = self.errors.compute(), list(getattr(loader.dataset, "genres", ()))  # on every rank
        self.errors.reset()
        self.log_dict(
            {f"{split}/{genre}/mpjpe_mm": value for genre, value in zip(self._genres, self._found.group, strict=False)}
        )

    @in_full_precision
    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Pose3D]:
        """Lift tracks as the pipeline does, with its default settings."""
        from dance3d.stages.lift.predict import lift
        from dance3d.stages.lift.settings import LiftSettings

        net = self.averaged
        return [lift(net, track, LiftSettings()) for track in batch["keypoints"]]

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """A pose of the last validation batch over the true one, in grey, and plots of the error breakdown."""
        from dance3d.stages.lift.validation_pictures import error_pictures
        from dance3d.visualization.skeleton import pose_views

        pose, true = (one.float().cpu().numpy() for one in self._shown)
        plots = error_pictures(self._found, self._genres, "validation takes")
        return {"val/pose": pose_views(pose, true)} | {f"val/{name}": plot for name, plot in plots.items()}

    def validation_films(self) -> Iterator[Any]:
        """Films of the first seconds of every validation take: the estimated body over the true one, in grey."""
        from dance3d.stages.lift.validation_films import films

        loader: Any = self.trainer.val_dataloaders
        return films(self.averaged, loader.dataset)

    def export(self, path: Path) -> None:
        """Write the averaged weights, half precision, as ``predict`` reads them."""
        store_net(path, "lift", self.averaged, self.averaged.config)
