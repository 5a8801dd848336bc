"""Training data of the recognisers: estimated poses, with labels that the rules read from the true ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.callbacks import Tracks
from dance3d.contracts import Pose3D
from dance3d.io import artefacts
from dance3d.skeleton import H36M17
from dance3d.stages.motion.predict import encode
from dance3d.stages.motion.rules import label, sample
from dance3d.vocabulary import MIRROR


class MotionBatch(NamedTuple):
    """Windows of bodies at 30 frames/s.

    Attributes:
        joints: (B, T, 17, 3) in body scales, y up, floor at y = 0; zero behind the end of a track.
        hints: (B, T, 154) what the rules see in those bodies.
        labels: (B, T, 154) what the rules see in the true ones.
        valid: (B, T) false behind the end of a track.
    """

    joints: Tensor
    hints: Tensor
    labels: Tensor
    valid: Tensor


class Track(NamedTuple):
    """One stretch of a track, as ``MotionBatch`` without the batch axis; everything in it is valid."""

    joints: Tensor
    hints: Tensor
    labels: Tensor


def tracks(pose: Pose3D, labels: np.ndarray[Any, np.dtype[np.float64]]) -> list[Track]:
    """Stretches of an estimated pose with labels (T, 154) of the true one; no label counts as still."""
    out = []
    for stretch in sample(pose.xyz, pose.time, pose.up, pose.root)[0]:
        frames = len(stretch.signals.p)
        row = stretch.rows[np.searchsorted(stretch.frame, np.arange(frames)).clip(0, len(stretch.rows) - 1)]
        joints, hints = encode(stretch.signals)
        out.append(Track(joints, hints.bool(), torch.from_numpy(np.nan_to_num(labels[row])).bool()))
    return out


class Windows(Dataset[MotionBatch]):
    """Windows over tracks; for training each comes from a random place nearby, and mirrored half of the time."""

    def __init__(self, found: Sequence[Track], frames: int, augment: bool) -> None:
        self.tracks, self.frames, self.augment = found, frames, augment
        self.places = [(n, at) for n, track in enumerate(found) for at in range(0, len(track.joints), frames)]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> MotionBatch:
        number, start = self.places[index]
        joints, hints, labels = self.tracks[number]
        if self.augment:
            latest = max(len(joints) - self.frames, 0)
            start = min(max(start + int(torch.randint(-self.frames // 2, self.frames // 2 + 1, ())), 0), latest)
        rows = slice(start, start + self.frames)
        joints, hints, labels = joints[rows], hints[rows], labels[rows]
        if self.augment and torch.rand(()) < 0.5:
            joints = joints[:, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0])
            hints, labels = hints[:, list(MIRROR)], labels[:, list(MIRROR)]
        missing = self.frames - len(joints)
        valid = torch.arange(self.frames) < len(joints)
        j, h, y = (torch.cat([x.float(), torch.zeros(missing, *x.shape[1:])]) for x in (joints, hints, labels))
        return MotionBatch(j, h, y, valid)


class MotionData(L.LightningDataModule):
    """Batches for the recognisers.

    Args:
        truth: folder of true poses, ``0000.npz`` and on.
        poses: folder of the poses that the lifter estimated of the same tracks.
        index: ``index.json`` of the tracks, with ``name`` and ``split``.
        frames: frames per window, at 30 frames/s.
        batch: windows per batch.
        workers: processes that make batches.
    """

    def __init__(
        self, truth: str, poses: str, index: str, frames: int = 120, batch: int = 32, workers: int = 0
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.found: dict[str, list[Track]] = {}

    def setup(self, stage: str | None = None) -> None:
        """Read every track, and label it once.

        Raises:
            ValueError: a file is missing, or no track may train.
        """
        if self.found:
            return
        lines = json.loads(Path(self.hparams["index"]).read_text())
        split: dict[str, list[Track]] = {"train": [], "val": [], "test": []}
        known: dict[tuple[str, int], Any] = {}  # cameras around one take share its labels
        for number, line in enumerate(lines):
            pose = artefacts.load(self._file("poses", number), Pose3D)
            key = (line["name"], pose.frames)
            if key not in known:
                true = artefacts.load(self._file("truth", number), Pose3D)
                known[key] = label(true.xyz, true.time, true.up, true.root)
            split[line["split"]] += tracks(pose, known[key])
        if not split["train"]:
            raise ValueError(f"data.index {self.hparams['index']!r} has no track with split 'train'")
        self.found = split

    def _file(self, folder: str, number: int) -> Path:
        path = Path(self.hparams[folder]) / f"{number:04d}.npz"
        if not path.exists():
            raise ValueError(f"data.{folder} lacks {path.name}, which the index lists: {path}")
        return path

    @property
    def share(self) -> Tensor:
        """(154,) share of training frames with each movement, of both sides, as mirroring shows them."""
        rate = torch.cat([track.labels for track in self.found["train"]]).float().mean(0)
        return (rate + rate[list(MIRROR)]) / 2

    def train_dataloader(self) -> DataLoader[MotionBatch]:
        """Windows from random places, shuffled."""
        return self._loader("train", augment=True)

    def val_dataloader(self) -> DataLoader[MotionBatch]:
        """All frames of the validation takes, or of the training takes where there are none."""
        return self._loader("val" if self.found["val"] else "train", augment=False)

    def test_dataloader(self) -> DataLoader[MotionBatch]:
        """All frames of the test takes, or of those for validation."""
        return self._loader("test" if self.found["test"] else "val" if self.found["val"] else "train", augment=False)

    def predict_dataloader(self) -> DataLoader[Tracks]:
        """Whole estimated poses, in the order of the index."""
        lines = json.loads(Path(self.hparams["index"]).read_text())
        poses = [artefacts.load(self._file("poses", number), Pose3D) for number in range(len(lines))]
        tracks = [Tracks(lift=[pose]) for pose in poses]
        return DataLoader(dataset=tracks, batch_size=None, num_workers=0)  # type: ignore[arg-type]

    def _loader(self, split: str, augment: bool) -> DataLoader[MotionBatch]:
        windows = Windows(self.found[split], self.hparams["frames"], augment)
        workers = self.hparams["workers"]  # not persistent: new ones are seeded by the epoch, so that a resume is exact
        return DataLoader(dataset=windows, batch_size=self.hparams["batch"], shuffle=augment, num_workers=workers)
