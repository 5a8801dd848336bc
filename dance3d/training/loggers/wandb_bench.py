"""Figures of ``dance3d bench`` as runs of W&B, one for each stage, beside the trainings of a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from dance3d.io.file_hash import hash_file
from dance3d.io.weights import default
from dance3d.registry import get
from dance3d.training.loggers.wandb_artifacts import name_of_weights
from dance3d.training.loggers.wandb_log import RunLabels, WandbLog

PROJECT = "dance3d"
"""The project that trainings go to as well, where `--project` names no other."""


class BenchRuns:
    """Sends each stage's figures to a run of its own, piece by piece; never stops a bench.

    The group of a run is the alias of the weights that are measured, so that one finds all that was measured of them.

    Args:
        folder: where W&B keeps its files.
        mode: online or offline.
        data: folder that is scored on; none for the default split.
    """

    def __init__(self, folder: Path, mode: Literal["online", "offline"], data: Path | None = None) -> None:
        self._folder, self._mode, self._data = folder, mode, data
        self._stage, self._log = "", WandbLog(folder, PROJECT, RunLabels(""), mode)

    def send(self, stage: str, figures: Mapping[str, float]) -> None:
        """Send figures by their dotted names; those of another stage than before begin a new run."""
        if stage != self._stage:
            self.close()
            self._stage, self._log = stage, self._begin(stage)
        self._log.log_metrics({f"bench/{name}": value for name, value in figures.items()})

    def close(self) -> None:
        """Close the run that is open."""
        self._log.finalize("success")

    def _begin(self, stage: str) -> WandbLog:
        weights = weights_of(stage)
        words = [stage, "bench", self._data.name if self._data else ""]
        labels = RunLabels("-".join(filter(None, words)), weights.rpartition(":")[2], "bench", (stage, "bench"))
        log = WandbLog(self._folder, PROJECT, labels, self._mode)
        log.log_hyperparams({"stage": stage, "data": str(self._data or ""), "weights": weights})
        return log


def weights_of(stage: str) -> str:
    """By what W&B finds the weights that a stage runs with by default; empty for none."""
    row = get(stage)
    settings = row.settings()
    path = default(row.shipped(settings)) if row.reads_weights(settings) else None
    return name_of_weights(stage, hash_file(path)) if path else ""
