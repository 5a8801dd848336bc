"""The keypoint net's LightningModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from dance3d import losses
from dance3d.contracts import Keypoints2D
from dance3d.datasets.loaders import ClipView
from dance3d.geometry.precision import in_full_precision
from dance3d.io import weights
from dance3d.losses import mean_where
from dance3d.metrics.exact_metric import MeanWhere
from dance3d.metrics.keypoints2d import MeanOKS, PCKTorso
from dance3d.stages.keypoints.augment import KeypointBatch, augmented
from dance3d.stages.keypoints.inference import STAGE, infer, load
from dance3d.stages.keypoints.model import KeypointNet, KeypointPrediction, prepare
from dance3d.stages.stored_nets import store_net

_VISIBILITY_WEIGHT = 0.3  # chosen: weight of the visibility loss, where the heatmap loss has 1


class KeypointModule(L.LightningModule):
    """Trains the keypoint net; validates and exports an exponential moving average of its weights.

    Args:
        size: of the crops, pixels.
        width: channels of the net at a quarter of the size.
        depth: residual blocks at each size.
        average: decay per step of the moving average of the weights.
        start: weights file to start from, of a net of the same shape, or ``shipped``; random weights if empty.
    """

    def __init__(
        self, size: int = 128, width: int = 32, depth: int = 1, average: float = 0.998, start: str = ""
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = KeypointNet(size, width, depth)
        if start:
            initial = load(weights.default(STAGE) if start == "shipped" else Path(start))
            if initial.config != self.net.config:
                raise ValueError(
                    f"model.start {start} is a net of {initial.config}, the settings say {self.net.config}"
                )
            self.net.load_state_dict(initial.state_dict())
        self.net = self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(average), use_buffers=True)  # type: ignore[no-untyped-call]
        self.average.requires_grad_(False)
        self.pck, self.oks = PCKTorso(), MeanOKS()
        self.heat, self.sight = MeanWhere(), MeanWhere()

    @property
    def averaged(self) -> KeypointNet:
        """The net with averaged weights."""
        net: KeypointNet = self.average.module  # type: ignore[assignment]
        return net

    def training_step(self, batch: KeypointBatch, batch_idx: int) -> Tensor:
        """Loss of one augmented batch."""
        sample = augmented(batch)
        found = self.net(sample.pictures.contiguous(memory_format=torch.channels_last))
        heat, sight = _losses(found, sample.joints, sample.seen)
        parts = {"heat": mean_where(heat, sample.inside), "sight": mean_where(sight, sample.known)}
        loss = parts["heat"] + _VISIBILITY_WEIGHT * parts["sight"]
        self.log_dict({f"train/{name}": value for name, value in parts.items()} | {"train/loss": loss})
        return loss

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, and update the moving average before a checkpoint is saved."""
        super().optimizer_step(*args, **kwargs)
        self.average.update_parameters(self.net)

    def on_train_epoch_start(self) -> None:
        """Keep the averaged net in evaluation mode: its batch norms use their running statistics."""
        self.average.eval()

    def validation_step(self, batch: KeypointBatch, batch_idx: int) -> None:
        """Score one batch of the fixed validation crops."""
        self._score("val", batch)

    def test_step(self, batch: KeypointBatch, batch_idx: int) -> None:
        """Score one batch of the fixed test crops."""
        self._score("test", batch)

    def _score(self, split: str, batch: KeypointBatch) -> None:
        net = self.averaged.eval()
        found = net(prepare(batch.image).contiguous(memory_format=torch.channels_last))
        known = torch.isfinite(batch.joints).all(-1)
        joints = torch.nan_to_num(batch.joints)
        heat, sight = _losses(found, joints, batch.seen)
        self._last = batch, found
        self.heat.update(heat, known & (joints.abs() < 1).all(-1))
        self.sight.update(sight, known)
        self.pck.update(found.xy, batch.joints)
        self.oks.update(found.xy, batch.joints, batch.area)

    def on_validation_epoch_end(self) -> None:
        """Log the mean loss and the scores of all validation crops."""
        self._log_scores("val")

    def on_test_epoch_end(self) -> None:
        """The same for the test crops."""
        self._log_scores("test")

    def _log_scores(self, split: str) -> None:
        loss = self.heat.compute() + _VISIBILITY_WEIGHT * self.sight.compute()
        self.log_dict({f"{split}/loss": loss, f"{split}/pck": self.pck.compute(), f"{split}/oks": self.oks.compute()})
        for metric in (self.heat, self.sight, self.pck, self.oks):
            metric.reset()

    @in_full_precision
    def predict_step(self, batch: ClipView[KeypointBatch], batch_idx: int) -> Keypoints2D:
        """Keypoints of one view of a clip, in pixels of its crops; not smoothed.

        A folder of crops does not keep their position in the picture.
        """
        found = infer(self.averaged, batch.batch.image.cpu().numpy())
        time, size = batch.time.cpu().numpy(), int(self.hparams["size"])
        return Keypoints2D(found.xy, found.score, np.ones(found.score.shape, bool), time, (size, size))  # type: ignore[arg-type]

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Crops of the last validation batch with the predicted skeletons."""
        from dance3d.stages.keypoints.validation_pictures import contact_sheet

        batch, found = self._last
        return {"val/crops": contact_sheet(batch, found)}

    def export(self, path: Path) -> None:
        """Write the averaged weights, half precision, as ``inference.load`` reads them."""
        store_net(path, STAGE, self.averaged, self.averaged.config)


def _losses(found: KeypointPrediction, joints: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Losses (B, 17) of the heatmaps, which count inside the picture, and of the visibility, where joints are known."""
    return losses.heatmap2d(found.heat, joints), binary_cross_entropy_with_logits(found.seen, seen, reduction="none")
