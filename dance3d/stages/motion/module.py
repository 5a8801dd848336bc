"""The LightningModule of the movement nets."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d import losses
from dance3d.contracts import Movements, Tracks
from dance3d.geometry.precision import in_full_precision
from dance3d.metrics import MovementF1
from dance3d.metrics.exact_metric import MeanWhere
from dance3d.metrics.movements import score_figures
from dance3d.movement_types import NAMES, WORD_NAMES
from dance3d.stages.motion.calibration import WORDS, Judged
from dance3d.stages.motion.data import MotionData
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.part_features import FPS
from dance3d.stages.motion.windows import MotionBatch
from dance3d.stages.stored_nets import store_net

if TYPE_CHECKING:
    from dance3d.visualization.wandb_charts import Chart


HALF_WAY = 0.5
"""Chosen: the best thresholds of some thousand frames partly overfit these takes."""


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
        self.val = Judged()
        self.loss = MeanWhere()
        self.test_score, self.test_words = MovementF1(), MovementF1(names=WORDS)
        self._last: list[tuple[Tensor, Tensor]] = []

    def configure_model(self) -> None:
        """Make the net, unless ``build`` did: the trainer calls it."""
        if not hasattr(self, "net"):
            self.build(getattr(self.trainer, "datamodule", None))

    def build(self, data: MotionData | None) -> None:
        """Make the net for the 154 movements, the user's own types in the data and, of convolutions, the words.

        A movement weighs by the square root of the ratio of frames without it to frames with it, in the training takes.
        """
        given = self.hparams
        own = data.own if isinstance(data, MotionData) else ()
        shape = (given["encoder"], given["hidden"], given["hints"], given["dims"], given["dropout"], own)
        words = WORD_NAMES if given["encoder"] == "tcn" else ()
        self.net = MotionNet(*shape, words=words, graded=given["hints"])
        self.register_buffer("weight", torch.ones(self.net.width))
        self.weight: Tensor
        if isinstance(data, MotionData) and data.found:
            share = data.share[: self.net.width].clamp_min(1e-4)
            self.weight.copy_(((1 - share) / share).sqrt().clamp(1.0, given["balance"]))

    def _step(self, batch: MotionBatch, split: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Loss, and logits, hints and labels (N, M) of all valid frames."""
        columns = slice(0, self.net.width)
        hints = batch.hints[..., columns]
        logits, _ = self.net(batch.joints[..., : self.hparams["dims"] + self.net.doubts], hints)
        logits, labels = logits[batch.valid].float(), batch.labels[batch.valid][:, columns]
        known = labels.isfinite()
        loss = losses.movement(logits, labels.nan_to_num(), self.weight)
        mean = (loss * known).sum() / known.sum().clamp_min(1)
        if split == "train":
            self.log("train/loss", mean, prog_bar=True)
        else:
            self.loss.update(loss, known)
        return mean, logits, hints[batch.valid], labels

    def training_step(self, batch: MotionBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        return self._step(batch, "train")[0]

    def validation_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the validation takes."""
        _, logits, hints, labels = self._step(batch, "val")
        self.val.update(self.net, logits, hints, labels)
        if not self._last:  # the plots show the first batch
            rows = slice(0, self._rows(batch))
            self._last = [(logits[rows, : len(NAMES)], labels[rows, : len(NAMES)])]

    @staticmethod
    def _rows(batch: MotionBatch) -> int:
        """Frames of the first window."""
        return int(batch.valid[0].sum())

    def on_validation_epoch_start(self) -> None:
        """Reset the scores."""
        self.val.reset()
        self.loss.reset()
        self._last = []

    def on_validation_epoch_end(self) -> None:
        """Fit calibration and thresholds on the whole epoch, and log the scores at these thresholds."""
        # all of it is of the counts of all processes, and so equal in them
        with self.val.of_all_processes():
            self.val.calibrate(self.net, HALF_WAY)
            figures = score_figures(self.val.types) | self._word_figures(self.val.words)
        self.log_dict({f"val/{name}": value for name, value in figures.items() if name != "macro_f1"})
        self.log("val/macro_f1", self.val.types.compute(), prog_bar=True)
        self.log("val/loss", self.loss.compute())

    def _word_figures(self, score: MovementF1) -> dict[str, float]:
        """Means over the words that occur; none of a net without words."""
        each = {"word_f1": score.each(), "word_map": score.average_precision()}
        return {name: float(value.nanmean().nan_to_num()) for name, value in each.items()} if self.net.words else {}

    def test_step(self, batch: MotionBatch, batch_idx: int) -> None:
        """Score one batch of the test takes, at the thresholds of the validation."""
        _, logits, hints, labels = self._step(batch, "test")
        judged = self.net.apply_rules(logits, hints) - self.net.least
        self.test_score.update(judged[:, : len(NAMES)], labels[:, : len(NAMES)])
        if self.net.words:
            self.test_words.update(judged[:, len(self.net.names) :], labels[:, len(self.net.names) :])

    def on_test_epoch_end(self) -> None:
        """Log the scores of the whole epoch."""
        with self.test_score.sync_context(), self.test_words.sync_context():
            figures = score_figures(self.test_score) | self._word_figures(self.test_words)
        self.log_dict({f"test/{name}": value for name, value in figures.items()} | {"test/loss": self.loss.compute()})
        self.test_score.reset()
        self.test_words.reset()
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

        with self.val.of_all_processes():
            found = score_pictures(self.val.types, "validation takes")
        for logits, labels in self._last:
            seen = (logits >= self.net.least[: len(NAMES)]).float().cpu().numpy()
            time = np.arange(len(seen)) / FPS
            found["timeline"] = timeline(labels.cpu().numpy(), seen, time, NAMES, "One window of the validation takes")
        return {f"val/{name}": picture for name, picture in found.items()}

    def validation_charts(self) -> dict[str, Chart]:
        """The same scores as charts that W&B draws."""
        from dance3d.stages.motion.validation_report import score_charts

        with self.val.of_all_processes():
            return {f"val/{name}": chart for name, chart in score_charts(self.val.types).items()}

    def export(self, path: Path) -> None:
        """Write the net, half precision, as ``predict`` reads it."""
        net = self.copy()
        store_net(path, "motion", net, net.config)
