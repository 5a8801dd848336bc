"""Training data of the keypoint net: folders of crops, mapped into memory and gathered batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.datasets.crop_folder import Crops, keypoints, moments_of
from dance3d.datasets.loaders import drawn
from dance3d.stages.keypoints.augment import Batch

FPS = 30.0
"""Frames a second of clips of crops, whose folder says only which frame a moment was."""


class Shown:
    """Crops of one split of one folder, with their joints.

    Args:
        folder: of crops.
        split: only crops of it; all if empty.

    Attributes:
        crops: the folder.
        rows: (N,) numbers of the crops kept: those with a joint that is known.
        moment: of every crop of the folder.
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
        """Of the takes, with their folder."""
        return {f"{self.crops.folder}: {self.crops.moments[n]['name']}" for n in set(self.moment[self.rows].tolist())}

    def batch(self, which: Sequence[int] | NDArray[np.integer[Any]]) -> Batch:
        """Crops by their numbers among those kept."""
        rows = self.rows[np.asarray(which)]
        xy, seen = keypoints(self.crops, rows, self.moment)
        mask = np.asarray(self.crops.mask[rows])
        return Batch(
            torch.from_numpy(np.asarray(self.crops.image[rows])),
            torch.from_numpy(mask),
            torch.from_numpy(xy / np.float32(self.crops.size) * 2 - 1),
            torch.from_numpy(seen),
            torch.from_numpy((4 * mask.mean((1, 2))).astype(np.float32)),
        )


class Mixed:
    """Crops of several folders, numbered through."""

    def __init__(self, folders: Sequence[Shown]) -> None:
        self.folders = folders
        self.starts = np.cumsum([0, *(len(folder) for folder in folders)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def batch(self, which: NDArray[np.integer[Any]]) -> Batch:
        """Crops by their numbers, in order of folders."""
        of = np.searchsorted(self.starts, which, "right") - 1
        parts = [self.folders[n].batch(which[of == n] - self.starts[n]) for n in np.unique(of)]
        return Batch(*(torch.cat(column) for column in zip(*parts, strict=True)))


class Draws(Dataset[Batch]):
    """Batches drawn by chance, each from its seed."""

    def __init__(self, crops: Mixed, count: int) -> None:
        self.crops, self.count = crops, count

    def __getitem__(self, seed: int) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        return self.crops.batch(torch.randint(len(self.crops), (self.count,), generator=generator).numpy())


class Fixed(Dataset[Batch]):
    """At most so many crops, evenly taken, some at a time, in order."""

    def __init__(self, crops: Mixed, most: int, count: int) -> None:
        self.crops, self.count = crops, count
        self.rows = np.unique(np.linspace(0, len(crops) - 1, min(most, len(crops))).astype(int))

    def __len__(self) -> int:
        return -(-len(self.rows) // self.count)

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.crops.batch(self.rows[index * self.count : (index + 1) * self.count])


class Watching(NamedTuple):
    """What one camera sees of one clip.

    Attributes:
        batch: its crops in order of time.
        time: (N,) seconds.
    """

    batch: Batch
    time: Tensor


class Watchings(Dataset[Watching]):
    """Every clip of some folders as each of its views sees it; of several crops of one frame the first counts."""

    def __init__(self, folders: Sequence[Shown]) -> None:
        self.folders, self.clips = folders, list[tuple[int, list[tuple[int, int]]]]()
        for number, folder in enumerate(folders):
            found: dict[tuple[str, int], dict[int, int]] = {}
            for at, row in enumerate(folder.rows):
                line = folder.crops.moments[folder.moment[row]]
                view = int(row) - line["first"]
                found.setdefault((line["name"], view), {}).setdefault(int(line["frame"]), at)
            self.clips += [(number, sorted(rows.items())) for _, rows in sorted(found.items())]

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Watching:
        number, rows = self.clips[index]
        frames, which = zip(*rows, strict=True)
        return Watching(self.folders[number].batch(which), torch.tensor(frames, dtype=torch.float64) / FPS)


class KeypointData(L.LightningDataModule):
    """Batches for the keypoint net.

    Args:
        crops: folder of crops with known joints (``dance3d synth --crops``; ``dance3d crops`` of a COCO set), or a list
            of such folders, whose crops are mixed as many as there are.
        batch: crops per batch.
        steps: batches per epoch.
        scored: most crops that validate, and most that test.
        workers: processes that make batches beside the training; none: by the machine (``datasets.loaders``).
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
        given = self.hparams["crops"]
        folders = [Path(given)] if isinstance(given, str) else [Path(folder) for folder in given]
        self.training, self.val, self.test = (
            [shown for folder in folders if len(shown := Shown(folder, split))] for split in ("train", "val", "test")
        )
        if not self.training:
            raise ValueError(f"data.crops {', '.join(map(str, folders))}: no crop of split train has a known joint")
        if len(sizes := {shown.crops.size for shown in self.training}) > 1:
            raise ValueError(
                f"data.crops: folders have crops of {', '.join(map(str, sorted(sizes)))} pixels; cut them alike"
            )

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test."""
        return [{name for shown in side for name in shown.names} for side in (self.training, self.val, self.test)]

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches without end to their variety."""
        given = self.hparams
        return drawn(Draws(Mixed(self.training), given["batch"]), given["steps"], given["workers"])

    def val_dataloader(self) -> DataLoader[Batch]:
        """The fixed validation crops, of the training's where the folders have none."""
        return self._fixed(self.val or self.training)

    def test_dataloader(self) -> DataLoader[Batch]:
        """The fixed test crops: held-out takes and cameras."""
        return self._fixed(self._scored())

    def predict_dataloader(self) -> DataLoader[Watching]:
        """The crops that may test, one view of one clip at a time."""
        return DataLoader(dataset=Watchings(self._scored()), batch_size=None)

    def _fixed(self, folders: Sequence[Shown]) -> DataLoader[Batch]:
        return DataLoader(dataset=Fixed(Mixed(folders), self.hparams["scored"], self.hparams["batch"]), batch_size=None)

    def _scored(self) -> list[Shown]:
        return self.test or self.val or self.training
