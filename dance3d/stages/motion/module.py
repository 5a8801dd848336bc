"""The LightningModule of the movement nets."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dance3d import losses
from dance3d.contracts import Movements, Tracks
from dance3d.geometry.precision import in_full_precision
from dance3d.metrics import MovementF1
from dance3d.metrics.exact_metric import MeanWhere
from dance3d.metrics.movements import score_figures
from dance3d.movement_types import NAMES
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.part_features import FPS
from dance3d.stages.motion.windows import MotionBatch
from dance3d.stages.stored_nets import store_net

if TYPE_CHECKING:
    from dance3d.visualization.wandb_charts import Chart


class MotionModule(L.LightningModule):
    """Trains a ``MotionNet``; exports it with the calibration and the thresholds of the validation takes.

    Args:
        encoder: ``tcn``, or ``lstm``: HDVR's form, as in the config ``motion_paper.yaml``.
        hidden: channels.
        hints: also read the results of the rules for the estimated pose; false is HDVR's form.
        dims: 3 to read poses, 2 to read joints in the image.
        dropout: share of channels dropped in training.
        balance: largest weight of the frames with a rare movement.
    """

    net: MotionNet

    def __init__(
        self,
        encoder: Literal["tcn", "lstm"] = "tcn",
        hidden: int = 160,
        hints: bool = True,
        dims: int = 3,
        dropout: float = 0.2,
        balance: float = 4.0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.val_score = MovementF1(tuned=True)
        self.val_rules = MovementF1()
        self.loss = MeanWhere()
        self.test_score = MovementF1()
        self._last: list[tuple[Tensor, Tensor]] = []

    def configure_model(self) -> None:
        """Make the net, unless ``build`` did: the trainer calls it."""
        if not hasattr(self, "net"):
            self.build(getattr(self.trainer, "datamodule", None))

    def build(self, data: MotionData | None) -> None:
        """Make the net for the 154 movements and the user's own types in the data.

        A movement weighs by the square root of the ratio of frames without it to frames with it, in the training takes.
        """
        given = self.hparams
        own = data.own if isinstance(data, MotionData) else ()
        self.net = MotionNet(given["encoder"], given["hidden"], given["hints"], given["dims"], given["dropout"], own)
        self.register_buffer("weight", torch.ones(len(self.net.names)))
        self.weight: Tensor
        if isinstance(data, MotionData) and data.found:
            share = data.share.clamp_min(1e-4)
            self.weight.copy_(((1 - share) / share).sqrt().clamp(1.0, given["balance"]))

    def _step(self, batch: MotionBatch, split: str) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, and logits and labels (N, 154) of all valid frames."""
        logits, _ = self.net(batch.joints, batch.hints)
        logits, labels = logits[batch.valid].float(), batch.labels[batch.valid]
        known = labels.isfinite()
        loss = losses.movement(logits, labels.nan_to_num(), self.weight)
        mean = (loss * known).sum() / known.sum().clamp_min(1)
        if split == "train":
            self.log("train/loss", mean, prog_bar=True)
        else:
            self.loss.update(loss, known)
        return mean, logits[:, : len(NAMES)], labels[:, : len(NAMES)]

    def training_step(self, batch: MotionBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        return self._step(batch, "train")[0]

    def validation_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the validation takes."""
        _, logits, labels = self._step(batch, "val")
        self.val_score.update(logits, labels)
        self.val_rules.update(2 * batch.hints[batch.valid][:, : len(NAMES)] - 1, labels)
        if not self._last:  # the plots show the first batch
            self._last = [(logits[: self._rows(batch)], labels[: self._rows(batch)])]

    @staticmethod
    def _rows(batch: MotionBatch) -> int:
        """Frames of the first window."""
        return int(batch.valid[0].sum())

    def on_validation_epoch_start(self) -> None:
        """Reset the scores."""
        for metric in (self.val_score, self.val_rules, self.loss):
            metric.reset()
        self._last = []

    def on_validation_epoch_end(self) -> None:
        """Fit calibration and thresholds on the whole epoch, and log the scores at these thresholds."""
        # all of it is of the counts of all processes, and so equal in them
        with self.val_score.sync_context(), self.val_rules.sync_context():
            self._calibrate()
            figures = score_figures(self.val_score)
        self.log_dict({f"val/{name}": value for name, value in figures.items() if name != "macro_f1"})
        self.log("val/macro_f1", self.val_score.compute(), prog_bar=True)
        self.log("val/loss", self.loss.compute())

    def _calibrate(self) -> None:
        count, score = len(NAMES), self.val_score
        slope, shift, least, ruled = (torch.zeros_like(self.net.slope) for _ in range(4))
        slope += 1
        # Chosen: half way, as the best thresholds of some thousand frames partly overfit these takes.
        least[:count] = score.thresholds() / 2
        slope[:count], shift[:count] = score.platt()
        if self.hparams["hints"]:
            better = score.tally(least[:count]).f1 > self.val_rules.tally().f1
            ruled[:count] = torch.from_numpy(~better).to(ruled)
        self.net.calibrate(slope, shift, least, ruled)

    def test_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the test takes, at the thresholds of the validation."""
        _, logits, labels = self._step(batch, "test")
        padded = nn.functional.pad(logits, (0, len(self.net.names) - len(NAMES)))
        judged = self.net.apply_rules(padded, batch.hints[batch.valid]) - self.net.least
        self.test_score.update(judged[:, : len(NAMES)], labels)

    def on_test_epoch_end(self) -> None:
        """Log the scores of the whole epoch."""
        with self.test_score.sync_context():
            figures = score_figures(self.test_score)
        self.log_dict({f"test/{name}": value for name, value in figures.items()} | {"test/loss": self.loss.compute()})
        self.test_score.reset()
        self.loss.reset()

    @in_full_precision
    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Movements]:
        """Recognise movements on whole tracks, as the pipeline does."""
        from dance3d.stages.motion.predict import recognise

        data = getattr(self.trainer, "datamodule", None)
        net, types = self.copy(), data.types if isinstance(data, MotionData) else ()
        return [recognise(net, pose, types) for pose in batch["lift"]]

    def copy(self) -> MotionNet:
        """The net as it is now, on the CPU, in evaluation mode."""
        return deepcopy(self.net).cpu().eval()

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Scores by part, calibration of probabilities, and one window of the validation takes over time."""
        from dance3d.stages.motion.validation_report import score_pictures
        from dance3d.visualization.plots import timeline

        with self.val_score.sync_context():
            found = score_pictures(self.val_score, "validation takes")
        for logits, labels in self._last:
            seen = (logits >= self.net.least[: len(NAMES)]).float().cpu().numpy()
            time = np.arange(len(seen)) / FPS
            found["timeline"] = timeline(labels.cpu().numpy(), seen, time, NAMES, "One window of the validation takes")
        return {f"val/{name}": picture for name, picture in found.items()}

    def validation_charts(self) -> dict[str, Chart]:
        """The same scores as charts that W&B draws."""
        from dance3d.stages.motion.validation_report import score_charts

        with self.val_score.sync_context():
            return {f"val/{name}": chart for name, chart in score_charts(self.val_score).items()}

    def export(self, path: Path) -> None:
        """Write the net, half precision, as ``predict`` reads it."""
        net = self.copy()
        store_net(path, "motion", net, net.config)
