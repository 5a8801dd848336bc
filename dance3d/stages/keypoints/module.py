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
from dance3d.io import weights
from dance3d.losses import mean_where
from dance3d.metrics.keypoints2d import MeanOKS, PCKTorso
from dance3d.stages.keypoints.augment import KeypointBatch, augmented
from dance3d.stages.keypoints.inference import STAGE, infer, load
from dance3d.stages.keypoints.model import KeypointNet, KeypointPrediction, prepare

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

    @property
    def averaged(self) -> KeypointNet:
        """The net with averaged weights."""
        net: KeypointNet = self.average.module  # type: ignore[assignment]
        return net

    def training_step(self, batch: KeypointBatch, batch_idx: int) -> Tensor:
        """Loss of one augmented batch."""
        sample = augmented(batch)
        found = self.net(sample.pictures.contiguous(memory_format=torch.channels_last))
        parts = _losses(found, sample.joints, sample.inside, sample.known, sample.seen)
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
        parts = _losses(found, joints, known & (joints.abs() < 1).all(-1), known, batch.seen)
        self._last = batch, found
        self.pck.update(found.xy, batch.joints)
        self.oks.update(found.xy, batch.joints, batch.area)
        values: dict[str, Any] = {f"{split}/loss": parts["heat"] + _VISIBILITY_WEIGHT * parts["sight"]}
        self.log_dict(
            values | {f"{split}/pck": self.pck, f"{split}/oks": self.oks},
            on_step=False,
            on_epoch=True,
            batch_size=len(batch.joints),
        )

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
        state = self.averaged.state_dict()
        arrays = {
            name: (value.half() if value.is_floating_point() else value).cpu().numpy() for name, value in state.items()
        }
        weights.save(path, arrays, STAGE, self.averaged.config)


def _losses(
    found: KeypointPrediction, joints: Tensor, inside: Tensor, known: Tensor, seen: Tensor
) -> dict[str, Tensor]:
    """Mean losses: of the heatmaps over joints inside the picture, of the visibility over known joints."""
    return {
        "heat": mean_where(losses.heatmap2d(found.heat, joints), inside),
        "sight": mean_where(binary_cross_entropy_with_logits(found.seen, seen, reduction="none"), known),
    }
