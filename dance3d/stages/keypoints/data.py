"""Training data of the keypoint net: folders of crops, mapped into memory, and their batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from dance3d.datasets.crop_folder import Crops, keypoints, moments_of
from dance3d.datasets.loaders import ClipView, ClipViews, FixedBatches, RandomBatches, random_loader, scored_loader
from dance3d.stages.keypoints.augment import KeypointBatch


class SplitCrops:
    """Crops of one split of one folder, with their joints.

    Args:
        folder: of crops.
        split: crops of this split only; all if empty.

    Attributes:
        crops: the folder.
        rows: (N,) numbers of the crops kept: those with a known joint.
        moment: (M,) number of the moment of every crop of the folder.
    """

    def __init__(self, folder: Path, split: str = "") -> None:
        self.crops = Crops(folder)
        lines = self.crops.moments
        self.moment = moments_of(self.crops)
        kept = np.array([not split or line["split"] == split for line in lines], bool)[self.moment]
        labels = self.crops.joints
        known = np.isfinite(self.crops.truth[self.moment] if labels is None else labels).all(-1).any(-1)
        self.rows = np.flatnonzero(kept & known)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> set[str]:
        """Names of the takes, with their folder."""
        return {f"{self.crops.folder}: {self.crops.moments[n]['name']}" for n in set(self.moment[self.rows].tolist())}

    def batch(self, which: Sequence[int] | NDArray[np.integer[Any]]) -> KeypointBatch:
        """Batch of crops, by their numbers among those kept."""
        rows = self.rows[np.asarray(which)]
        xy, seen = keypoints(self.crops, rows, self.moment)
        mask = np.asarray(self.crops.mask[rows])
        return KeypointBatch(
            torch.from_numpy(np.asarray(self.crops.image[rows])),
            torch.from_numpy(mask),
            torch.from_numpy(xy / np.float32(self.crops.size) * 2 - 1),
            torch.from_numpy(seen),
            torch.from_numpy((4 * mask.mean((1, 2))).astype(np.float32)),
        )


class CropFolders:
    """Crops of several folders, numbered consecutively."""

    def __init__(self, folders: Sequence[SplitCrops]) -> None:
        self.folders = folders
        self.starts = np.cumsum([0, *(len(folder) for folder in folders)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def batch(self, which: NDArray[np.integer[Any]]) -> KeypointBatch:
        """Batch of crops by their numbers, in order of folders."""
        folder_of = np.searchsorted(self.starts, which, "right") - 1
        batches = [self.folders[n].batch(which[folder_of == n] - self.starts[n]) for n in np.unique(folder_of)]
        return KeypointBatch(*(torch.cat(column) for column in zip(*batches, strict=True)))

    def random(self, count: int, generator: torch.Generator) -> KeypointBatch:
        """A batch of ``count`` random crops."""
        return self.batch(torch.randint(len(self), (count,), generator=generator).numpy())


def fixed_batches(crops: CropFolders, most: int, count: int) -> FixedBatches[KeypointBatch]:
    """Crops taken evenly over all folders, in order.

    Args:
        crops: of all folders.
        most: number of crops; fewer if the folders hold fewer.
        count: crops per batch.
    """
    rows = np.unique(np.linspace(0, len(crops) - 1, min(most, len(crops))).astype(int))
    return FixedBatches(crops.batch, rows, count)


def clip_views(folders: Sequence[SplitCrops]) -> ClipViews[KeypointBatch, tuple[int, str, int]]:
    """Every view of every clip of some folders."""

    def crops() -> Iterator[tuple[tuple[int, str, int], int, int]]:
        for number, folder in enumerate(folders):
            for number_in_split, row in enumerate(folder.rows):
                line = folder.crops.moments[folder.moment[row]]
                yield (number, line["name"], int(row) - line["first"]), int(line["frame"]), number_in_split

    return ClipViews(crops(), partial(_one_view, folders))


def _one_view(folders: Sequence[SplitCrops], key: tuple[int, str, int], which: Sequence[int]) -> KeypointBatch:
    return folders[key[0]].batch(which)


class KeypointData(L.LightningDataModule):
    """Batches for the keypoint net.

    Args:
        crops: folder of crops with known joints (``dance3d synth --crops``; ``dance3d crops`` of a COCO set), or a list
            of such folders, whose crops are drawn with equal probability.
        batch: crops per batch.
        steps: batches per epoch.
        scored: most crops for validation, and most for testing.
        workers: processes that make batches; none: chosen by the machine (``datasets.loaders``).
    """

    def __init__(
        self,
        crops: list[str] | str,
        batch: int = 64,
        steps: int = 250,
        scored: int = 1000,
        workers: int | None = None,
    ) -> None:
        super().__init__()
        if batch < 2 or steps < 1 or scored < 1:
            raise ValueError(f"data.batch {batch}, steps {steps}, scored {scored}: expected 2, 1 and 1 or more")
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """Map the folders."""
        settings = self.hparams["crops"]
        folders = [Path(settings)] if isinstance(settings, str) else [Path(folder) for folder in settings]
        self.training, self.val, self.test = (
            [split_crops for folder in folders if len(split_crops := SplitCrops(folder, split))]
            for split in ("train", "val", "test")
        )
        if not self.training:
            raise ValueError(f"data.crops {', '.join(map(str, folders))}: no crop of split train has a known joint")
        if len(sizes := {split_crops.crops.size for split_crops in self.training}) > 1:
            raise ValueError(
                f"data.crops: folders have crops of {', '.join(map(str, sorted(sizes)))} pixels; cut them alike"
            )

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test."""
        return [
            {name for split_crops in side for name in split_crops.names}
            for side in (self.training, self.val, self.test)
        ]

    def train_dataloader(self) -> DataLoader[KeypointBatch]:
        """Random batches of the training crops."""
        settings = self.hparams
        return random_loader(
            RandomBatches(partial(CropFolders(self.training).random, settings["batch"])),
            settings["steps"],
            settings["workers"],
        )

    def val_dataloader(self) -> DataLoader[KeypointBatch]:
        """The fixed validation crops; training crops if the folders have none."""
        return self._fixed(self.val or self.training)

    def test_dataloader(self) -> DataLoader[KeypointBatch]:
        """The fixed test crops: held-out takes and cameras."""
        return self._fixed(self._scored())

    def predict_dataloader(self) -> DataLoader[ClipView[KeypointBatch]]:
        """All test crops, one view of one clip at a time."""
        return DataLoader(clip_views(self._scored()), batch_size=None)

    def predicted_takes(self) -> list[str]:
        """The clip and view of each item of ``predict_dataloader``."""
        return [f"{clip}-view{view}" for (_, clip, view), _ in clip_views(self._scored()).views]

    def _fixed(self, folders: Sequence[SplitCrops]) -> DataLoader[KeypointBatch]:
        return scored_loader(fixed_batches(CropFolders(folders), self.hparams["scored"], self.hparams["batch"]))

    def _scored(self) -> list[SplitCrops]:
        return self.test or self.val or self.training
