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
from dance3d.stages.genre.open_set import fit_open_set, fit_temperature
from dance3d.stages.genre.outlier_exposure import outlier_windows

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
        strange: weight of outlier exposure: windows of no class get equal probabilities (``outlier_windows``); 0 is
            HDVR's form.
    """

    net: GenreNet

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

    def _build(self, classes: tuple[str, ...]) -> None:
        given = self.hparams
        blocks = tuple((BLOCKS[name].start, BLOCKS[name].stop) for name in READS[given["reads"]])
        self.net = GenreNet(
            classes, WIDTH, blocks, *(given[name] for name in ("hidden", "dropout", "pooled", "embedded"))
        )
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

    def _step(self, batch: GenreBatch, split: str) -> Tensor:
        values, present = batch.features, batch.present
        if split == "train":
            values = self._hide(values)
        logits = self.net(values, present).float()
        smoothing = self.hparams["smoothing"] if split == "train" else 0.0
        each = torch.nn.functional.cross_entropy(logits, batch.genre, label_smoothing=smoothing, reduction="none")
        loss = each.mean()
        if split == "train" and self.hparams["strange"] > 0:
            made = self.net(*outlier_windows(batch.features, batch.present, batch.genre)).float()
            loss = loss - self.hparams["strange"] * made.log_softmax(-1).mean()
        if split == "train":
            self.log("train/loss", loss, prog_bar=True)
        else:
            self.loss.update(each, torch.ones_like(each, dtype=torch.bool))
            self.log(f"{split}/loss", self.loss, on_step=False, on_epoch=True)
            collection = self.scores[split + "_"]
            collection.update(logits / self.net.temperature, batch.genre)  # type: ignore[operator]
            self.confusion.update(logits, batch.genre)
            if split == "val":
                self._keep_for_calibration(batch, logits)
            self.log_dict(collection, on_step=False, on_epoch=True, prog_bar=split == "val")  # type: ignore[arg-type]
        return loss

    def _keep_for_calibration(self, batch: GenreBatch, logits: Tensor) -> None:
        """Keep the inputs of the calibration: logits of whole windows, and scores of outlier windows made of them."""
        whole = batch.present.mean(1) >= 0.5
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(self._seen))
            made = self.net(*outlier_windows(batch.features, batch.present, batch.genre)).float()
        self._seen.append((logits[whole].cpu(), batch.genre[whole].cpu(), open_set_scores(made).cpu()))

    def on_validation_epoch_end(self) -> None:
        """Fit the temperature of the probabilities and the open-set threshold on what all processes have seen."""
        self._seen[:] = of_all_processes(self._seen)
        logits, genre, strange = (torch.cat(rows) for rows in zip(*self._seen, strict=True))
        known = open_set_scores(logits)
        self.net.temperature.fill_(fit_temperature(logits.double().numpy(), genre.numpy()))
        found = fit_open_set(known.double().numpy(), genre.numpy(), strange.double().numpy())
        self.net.opening.copy_(torch.from_numpy(found))
        kept, accepted = (x @ self.net.opening[:-1].cpu() + self.net.opening[-1].cpu() > 0 for x in (known, strange))
        self.log("val/known_kept", kept.float().mean())
        self.log("val/strange_told", 1 - accepted.float().mean())

    def _hide(self, values: Tensor) -> Tensor:
        """Replace the movements of some windows and the poses of others by their mean."""
        draw = torch.rand(len(values), 1, 1, device=values.device)
        moves = torch.arange(values.shape[-1], device=values.device) < MOVES
        hidden = torch.where(moves, draw < self.hparams["hide_movements"], draw > 1 - self.hparams["hide_pose"])
        return torch.where(hidden, self.net.mean, values)

    def training_step(self, batch: GenreBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: GenreBatch, batch_idx: int) -> None:
        """Score one batch of the validation blocks."""
        self._step(batch, "val")

    def test_step(self, batch: GenreBatch, batch_idx: int) -> None:
        """Score one batch of the test blocks."""
        self._step(batch, "test")

    @in_full_precision
    def predict_step(self, batch: Tracks, batch_idx: int) -> list[Genre]:
        """The genre of whole tracks."""
        from dance3d.stages.genre.predict import classify

        net = deepcopy(self.net).cpu().eval()  # evidence is computed on the CPU; the net itself stays where it is
        return [classify(net, *both) for both in zip(batch["lift"], batch["motion"], strict=True)]

    def on_validation_epoch_start(self) -> None:
        """Reset the scores."""
        self.confusion.reset()
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []

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
        for logits, genre, _ in self._seen:
            calibration.update(logits / self.net.temperature.cpu(), genre)
        return calibration.reliability()

    def export(self, path: Path) -> None:
        """Write the weights as ``predict`` reads them."""
        arrays: dict[str, Any] = {n: v.detach().float().cpu().numpy() for n, v in self.net.state_dict().items()}
        weights.save(path, arrays, "genre", self.net.config)
