"""The recognisers' LightningModule."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import MetricCollection

from dance3d import losses
from dance3d.callbacks import Tracks
from dance3d.contracts import Movements
from dance3d.io import weights
from dance3d.metrics import MovementF1
from dance3d.stages.motion.data import MotionBatch, MotionData
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import recognise


class MotionModule(L.LightningModule):
    """Trains a ``MotionNet``; exports it with every movement's best threshold on the validation takes folded in.

    Args:
        hidden: channels of each LSTM and direction.
        bidirectional: also read clips backwards; false is HDVR's form.
        hints: also read what the rules see in the estimated pose; false is HDVR's form.
        dropout: share of channels dropped in training.
        balance: largest weight of the frames where a rare movement happens.
    """

    def __init__(
        self,
        hidden: int = 48,
        bidirectional: bool = True,
        hints: bool = True,
        dropout: float = 0.2,
        balance: float = 4.0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = MotionNet(hidden, bidirectional, hints, dropout)
        self.register_buffer("weight", torch.ones(len(self.net.order)))
        self.register_buffer("offset", torch.zeros(len(self.net.order)))
        self.weight: Tensor
        self.offset: Tensor
        self._shown = (torch.zeros(1, len(self.offset)),) * 2
        self.val_scores = MetricCollection({"macro_f1": MovementF1(tuned=True)}, prefix="val/")
        self.test_scores = MetricCollection({"macro_f1": MovementF1()}, prefix="test/")

    def on_fit_start(self) -> None:
        """Weigh rare movements by the square root of how rare they are in the training takes."""
        data = getattr(self.trainer, "datamodule", None)
        if isinstance(data, MotionData):
            share = data.share.clamp_min(1e-4)
            self.weight.copy_(((1 - share) / share).sqrt().clamp(1.0, self.hparams["balance"]))

    def _step(self, batch: MotionBatch, split: str) -> Tensor:
        logits, _ = self.net(batch.joints, batch.hints)
        logits, labels = logits[batch.valid].float(), batch.labels[batch.valid]
        loss = losses.movement(logits, labels, self.weight).mean()
        self.log(f"{split}/loss", loss, prog_bar=split == "train", batch_size=len(batch.joints))
        if split == "val":
            self.val_scores.update(logits, labels)
            rows = int(batch.valid[0].sum())
            self._shown = (labels[:rows], (logits[:rows] - self.offset).sigmoid())
        elif split == "test":
            self.test_scores.update(logits - self.offset, labels)
            self.log_dict(self.test_scores, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: MotionBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the validation takes."""
        self._step(batch, "val")

    def on_validation_epoch_end(self) -> None:
        """Take the thresholds of the whole epoch, and its score at them."""
        score = self.val_scores["macro_f1"]
        assert isinstance(score, MovementF1)
        self.offset.copy_(score.thresholds())
        self.log_dict(self.val_scores.compute(), prog_bar=True)
        self.log_dict({f"val/{part}_f1": value.float() for part, value in score.parts().items()})
        self.val_scores.reset()

    def test_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the test takes."""
        self._step(batch, "test")

    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Movements]:
        """Recognise movements on whole tracks, as the pipeline does."""
        net = self._calibrated()
        return [recognise(net, pose) for pose in batch["lift"]]

    def _calibrated(self) -> MotionNet:
        net = MotionNet(**self.net.config)
        net.load_state_dict(self.net.state_dict())
        net.calibrate(self.offset.cpu())
        return net.eval()

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """One window of the last validation batch: a line per movement, what happens over what is seen."""
        true, seen = (x.float().cpu().numpy().T for x in self._shown)
        rows = np.stack([true, seen, np.zeros_like(true)], 1).reshape(-1, true.shape[1])
        return {"val/movements": np.repeat(np.round(255 * rows)[..., None], 3, -1).astype(np.uint8)}

    def export(self, path: Path) -> None:
        """Write the net, calibrated, half precision, as ``predict`` reads it."""
        net = self._calibrated()
        arrays = {name: value.half().cpu().numpy() for name, value in net.state_dict().items()}
        weights.save(path, arrays, "motion", net.config)
