"""Training data with few labels: some takes with true motion, the others with keypoints of single cameras only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader

from dance3d.contracts import MotionClip
from dance3d.datasets.device_batches import SeededBatches, generator_on
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.data import Chunks
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingData
from dance3d.stages.lift.semi_supervised.views import Unlabelled, Views

LABELLED = 0.1
"""Chosen: share of the training frames with labels, where no recordings are given and nobody says another."""


class SemiBatch(NamedTuple):
    """One batch of semi-supervised training."""

    labelled: LiftBatch
    unlabelled: Unlabelled


class SemiChunks(SeededBatches[SemiBatch]):
    """Random batches: those of ``Chunks``, each with as many chunks of keypoints, from the same seed."""

    def __init__(self, labelled: Chunks, unlabelled: Views) -> None:
        self.labelled, self.unlabelled = labelled, unlabelled

    def on(self, seed: int, device: torch.device) -> SemiBatch:
        """The batch of a seed, on a device."""
        generator = generator_on(device, seed + 1)  # not that of the labelled chunks
        unlabelled = self.unlabelled.draw(self.labelled.batch, self.labelled.frames, generator, device)
        return SemiBatch(self.labelled.on(seed, device), unlabelled)

    def __len__(self) -> int:
        return len(self.labelled)


class SemiData(SelfTrainingData):
    """Batches for a lifter that knows the true motion of some takes only.

    Args:
        labelled: share of the training frames with labels, in whole takes chosen by ``labelled_takes``. The other takes
            give keypoints only; where every take has labels, all of them also give keypoints. None: all with
            ``keypoints``, which then are the unlabelled half, else ``LABELLED``.
        kwargs: of ``SelfTrainingData``.
    """

    def __init__(self, labelled: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if labelled is not None and not 0 < labelled <= 1:
            raise ValueError(f"data.labelled is {labelled}, expected a share above 0 and up to 1")

    def prepare_training(self) -> None:
        """Hide the labels of most takes and film these; random motion gets its proportions from their keypoints."""
        share = self.hparams["labelled"] or (1.0 if self.recorded else LABELLED)
        kept = labelled_takes(self.train_clips, share)
        names = {clip.name for clip in kept}
        rest = [clip for clip in self.train_clips if clip.name not in names] or kept
        seen = self.unlabelled_takes(rest)
        self.set_takes([*kept, *self.random_motion_clips([one.track for one in seen])], seen)
        self.views = Views(*zip(*self.seen, strict=True))

    def train_dataloader(self) -> DataLoader[SemiBatch]:  # type: ignore[override]
        """Batches made on demand."""
        given = self.hparams
        return self.seeded_loader(SemiChunks(self.running, self.views), given["steps"], given["workers"], self.lasting)


def labelled_takes(clips: Sequence[MotionClip], share: float) -> list[MotionClip]:
    """Takes with at most a share of all frames, chosen in the order of their names' hashes.

    The order is the same for every share and on every machine. Where no take is short enough, the shortest one.
    """
    order = sorted(clips, key=lambda clip: hashlib.sha256(clip.name.encode()).hexdigest())
    room, kept = share * sum(len(clip.xyz) for clip in clips), []
    for clip in order:
        if len(clip.xyz) <= room:
            room -= len(clip.xyz)
            kept.append(clip)
    return kept or [min(order, key=lambda clip: len(clip.xyz))]
