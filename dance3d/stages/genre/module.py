"""The genre net's LightningModule."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassConfusionMatrix, MulticlassF1Score

from dance3d.contracts import Genre, Tracks
from dance3d.geometry.precision import in_full_precision
from dance3d.io import weights
from dance3d.metrics import TopCalibration
from dance3d.metrics.all_processes import of_all_processes
from dance3d.metrics.calibration import Reliability
from dance3d.metrics.exact_metric import MeanWhere
from dance3d.stages.genre.data import GenreBatch
from dance3d.stages.genre.features import BLOCKS, MOVES, READS, WIDTH
from dance3d.stages.genre.model import GenreNet, open_set_scores
from dance3d.stages.genre.nearness import deviation, distances
from dance3d.stages.genre.open_set import calibrate
from dance3d.stages.genre.outlier_exposure import exposed_loss, outlier_windows

if TYPE_CHECKING:
    from dance3d.visualization.wandb_charts import Chart


class GenreModule(L.LightningModule):
    """Trains a ``GenreNet`` by cross-entropy on windows.

    Args:
        classes: names; those of the data if empty.
        hidden: size of the LSTM's state.
        dropout: share of features and of the last state dropped in training.
        reads: which blocks of the features, one of ``features.READS``.
        pooled: as in ``GenreNet``; false is HDVR's form.
        embedded: as in ``GenreNet``; false is HDVR's form.
        hide_movements: share of training windows whose movements are hidden.
        hide_pose: share of training windows whose pose is hidden, so that the net learns to use either and evidence has
            an effect.
        smoothing: of the labels, 0..1.
        strange: weight of outlier exposure: windows of no class get equal probabilities (``exposed_loss``); 0 is HDVR's
            form.

    Attributes:
        held_out: a net for each fold of the data, which learns from the other folds and validates this one.
    """

    net: GenreNet
    held_out: torch.nn.ModuleList

    def __init__(
        self,
        classes: tuple[str, ...] = (),
        hidden: int = 48,
        dropout: float = 0.4,
        reads: str = "both",
        pooled: bool = True,
        embedded: bool = True,
        hide_movements: float = 0.1,
        hide_pose: float = 0.5,
        smoothing: float = 0.05,
        strange: float = 0.5,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        if reads not in READS:
            raise ValueError(f"model.reads {reads!r} is not known; choose from {', '.join(READS)}")
        if classes:
            self._build(tuple(classes))

    def configure_model(self) -> None:
        """Make the net for the classes of the data, and store the data's statistics in it."""
        data = self.trainer.datamodule  # type: ignore[attr-defined]
        if not hasattr(self, "net"):
            self._build(data.classes)
        if self.net.classes != data.classes:
            raise ValueError(f"the model knows the classes {self.net.classes}, the data has {data.classes}")
        self.net.standardise(*data.statistics())
        if data.folds and not self.net.kept:
            self.windows = data.kept_windows()
            self._keep_windows()
        if len(self.held_out) != data.folds:
            self.held_out = torch.nn.ModuleList(self._net(data.classes) for _ in range(data.folds))
        for net in self.held_out:
            net.standardise(self.net.mean, 1 / self.net.scale)  # type: ignore[operator]

    def _net(self, classes: tuple[str, ...]) -> GenreNet:
        given = self.hparams
        blocks = tuple((BLOCKS[name].start, BLOCKS[name].stop) for name in READS[given["reads"]])
        form = {name: given[name] for name in ("hidden", "dropout", "pooled", "embedded")}
        return GenreNet(classes, WIDTH, blocks, **form, graded=True)

    def _build(self, classes: tuple[str, ...]) -> None:
        self.net, self.held_out = self._net(classes), torch.nn.ModuleList()
        count = len(classes)
        collection = MetricCollection(
            {
                "macro_f1": MulticlassF1Score(count, average="macro"),
                "accuracy": MulticlassAccuracy(count, average="micro"),
                "ece": TopCalibration(),
            }
        )
        self.scores = torch.nn.ModuleDict({split + "_": collection.clone(f"{split}/") for split in ("val", "test")})
        self.confusion, self.loss = MulticlassConfusionMatrix(count), MeanWhere()

    def _keep_windows(self) -> None:
        """A net that keeps statistics of training windows, in place of the one without them."""
        kept = self.windows.kept
        net = GenreNet(**{**self.net.config, "classes": self.net.classes, "kept": len(kept)})
        net.load_state_dict(self.net.state_dict(), strict=False)
        net.near.copy_(self.windows.statistics[kept])
        net.near_genre.copy_(self.windows.genre[kept])
        net.near_scale.copy_(deviation(net.near, net.near_genre))
        self.net = net

    def _loss(self, net: torch.nn.Module, batch: GenreBatch) -> Tensor:
        given = self.hparams
        shown = self._hide(batch.features)
        return exposed_loss(net, *batch[:3], shown, given["smoothing"], given["strange"])

    def _scored(self, batch: GenreBatch, split: str) -> None:
        """Score a batch; a window of a fold by the net that learned from the others."""
        logits = self._logits(batch.features, batch.present, batch.fold)
        known = batch.genre < len(self.net.classes)
        if split == "val":
            self._keep_for_calibration(batch, logits)
        if not known.any():
            return
        logits, genre = logits[known], batch.genre[known]
        each = torch.nn.functional.cross_entropy(logits, genre, reduction="none")
        self.loss.update(each, torch.ones_like(each, dtype=torch.bool))
        self.log(f"{split}/loss", self.loss, on_step=False, on_epoch=True)
        collection = self.scores[split + "_"]
        collection.update(logits / self.net.temperature, genre)  # type: ignore[operator]
        self.confusion.update(logits, genre)
        self.log_dict(collection, on_step=False, on_epoch=True, prog_bar=split == "val")  # type: ignore[arg-type]

    def _logits(self, values: Tensor, present: Tensor, fold: Tensor) -> Tensor:
        """(B, G) logits, by the nets that learned without a window's fold."""
        if not len(self.held_out):
            return torch.as_tensor(self.net(values, present)).float()
        logits = torch.zeros(len(values), len(self.net.classes), device=values.device)
        for number in set(fold.cpu().tolist()):
            here = fold == number
            net = self.net if number < 0 else self.held_out[number]
            logits[here] = net(values[here], present[here]).float()
        return logits

    def _keep_for_calibration(self, batch: GenreBatch, logits: Tensor) -> None:
        """Keep the inputs of the calibration: logits of whole windows, their classes, and logits of outliers."""
        known = batch.genre < len(self.net.classes)
        whole = known & (batch.present.mean(1) >= 0.5)
        used = whole | ~known
        made = logits[:0]
        if whole.any():
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(len(self._seen))
                for number in set(batch.fold[whole].cpu().tolist()):
                    here = whole & (batch.fold == number)
                    values, present = outlier_windows(batch.features[here], batch.present[here], batch.genre[here])
                    fold = torch.full((len(values),), number, device=values.device)
                    made = torch.cat([made, self._logits(values, present, fold)])
        self._seen.append((logits[used].cpu(), batch.genre[used].cpu(), made.cpu(), batch.number[used].cpu()))

    def on_validation_epoch_end(self) -> None:
        """Fit the calibration on what all processes have seen: temperature, open set, and when a class is named."""
        self._seen[:] = of_all_processes(self._seen)
        logits, genre, made, number = (torch.cat(rows) for rows in zip(*self._seen, strict=True))
        logits, made, is_class = logits.double(), made.double(), genre < len(self.net.classes)
        far = self._far(logits, number) if self.net.kept else None
        both = None if far is None else (far[is_class], far[~is_class])
        found = calibrate(logits[is_class], genre[is_class], logits[~is_class], made, both)
        if found.near is not None:
            self.net.near_opening.copy_(torch.from_numpy(found.near))
        self.net.temperature.fill_(found.temperature)
        self.net.opening.copy_(torch.from_numpy(found.opening))
        self.net.named.fill_(found.named)
        kept, accepted = (
            (open_set_scores(x) @ self.net.opening[:-1].cpu().double() + self.net.opening[-1].cpu() > 0).double().mean()
            for x in (logits[is_class], torch.cat([logits[~is_class], made]))
        )
        self.log("val/known_kept", kept.float())
        self.log("val/strange_told", 1 - accepted.float())

    def _far(self, logits: Tensor, number: Tensor) -> Tensor:
        """(N,) distances of validation windows to those of other folds."""
        windows, kept = self.windows, self.windows.kept
        far = torch.zeros(len(number))
        fold = windows.fold[number]
        for one in set(fold.tolist()):
            here, others = fold == one, kept[windows.fold[kept] != one]
            asked, near, genre = windows.statistics[number[here]], windows.statistics[others], windows.genre[others]
            far[here] = distances(asked, logits[here].argmax(1), near, genre, self.net.near_scale.cpu())
        return far

    def _hide(self, values: Tensor) -> Tensor:
        """Replace the movements of some windows and the poses of others by their mean."""
        draw = torch.rand(len(values), 1, 1, device=values.device)
        moves = torch.arange(values.shape[-1], device=values.device) < MOVES
        hidden = torch.where(moves, draw < self.hparams["hide_movements"], draw > 1 - self.hparams["hide_pose"])
        return torch.where(hidden, self.net.mean, values)

    def training_step(self, batch: GenreBatch, batch_idx: int) -> Tensor:
        """Loss of one batch; each held-out net learns from the windows of the other folds."""
        loss = self._loss(self.net, batch)
        self.log("train/loss", loss, prog_bar=True)
        for number, net in enumerate(self.held_out):
            loss = loss + self._loss(net, GenreBatch(*(part[batch.fold != number] for part in batch)))
        return loss

    def validation_step(self, batch: GenreBatch, batch_idx: int) -> None:
        """Score one batch of the validation blocks."""
        self._scored(batch, "val")

    def test_step(self, batch: GenreBatch, batch_idx: int) -> None:
        """Score one batch of the test blocks."""
        self._scored(batch, "test")

    @in_full_precision
    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Genre]:
        """The genre of whole tracks."""
        from dance3d.stages.genre.predict import classify

        net = deepcopy(self.net).cpu().eval()  # evidence is computed on the CPU; the net itself stays where it is
        return [classify(net, *both) for both in zip(batch["lift"], batch["motion"], strict=True)]

    def on_validation_epoch_start(self) -> None:
        """Reset the scores."""
        self.confusion.reset()
        self._seen: list[tuple[Tensor, ...]] = []

    on_test_epoch_start = on_validation_epoch_start

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """The confusion matrix, one row per true class, and the calibration of the probabilities."""
        from dance3d.visualization import plots

        counts = self.confusion.compute().cpu().numpy()
        shown = plots.confusion(
            counts, self.net.classes, "Genre of windows", "share of each true class, validation blocks"
        )
        return {
            "val/confusion": shown,
            "val/reliability": plots.reliability(self._reliability(), "Genre", "validation blocks"),
        }

    def validation_charts(self) -> dict[str, Chart]:
        """The same as charts that W&B draws."""
        from dance3d.visualization import wandb_charts

        counts = self.confusion.compute().cpu().numpy()
        return {
            "val/confusion": wandb_charts.confusion(counts, self.net.classes, "Genre of windows"),
            "val/reliability": wandb_charts.reliability(self._reliability(), "Genre"),
        }

    def _reliability(self) -> Reliability:
        """Reliability of the last validation, at its own temperature."""
        calibration = TopCalibration()
        for logits, genre, *_ in self._seen:
            known = genre < len(self.net.classes)
            calibration.update(logits[known] / self.net.temperature.cpu(), genre[known])
        return calibration.reliability()

    def export(self, path: Path) -> None:
        """Write the weights as ``predict`` reads them."""
        arrays: dict[str, Any] = {n: v.detach().float().cpu().numpy() for n, v in self.net.state_dict().items()}
        weights.save(path, arrays, "genre", self.net.config)
