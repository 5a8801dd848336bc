"""Training data of the movement nets: estimated poses, with labels that the rules compute from the true poses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from dance3d.contracts import Keypoints2D, Pose3D, Tracks
from dance3d.datasets import movement_labels
from dance3d.datasets.device_batches import DeviceBatches
from dance3d.datasets.loaders import scored_loader, workers
from dance3d.io import artefacts
from dance3d.movement_types import MIRROR, NAMES, WORD_MIRROR
from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.encode import encode, encode_flat, frame_rows
from dance3d.stages.motion.rules.computed_labels import Sampled
from dance3d.stages.motion.rules.custom import OwnType, label_own, mirror
from dance3d.stages.motion.rules.graded_labels import both, targets
from dance3d.stages.motion.windows import (
    GRADES,
    JoinedTracks,
    MotionBatch,
    TrackSample,
    TrackWindows,
    WindowDraws,
    batch_of,
    collated,
)


def tracks(pose: Pose3D, labels: NDArray[np.float64], types: Sequence[OwnType] = ()) -> list[TrackSample]:
    """Stretches of an estimated pose with the labels of the true one.

    Args:
        pose: estimated.
        labels: (T, M) labels per row, of types, a user's types and words; NaN where unknown.
        types: a user's movement types.
    """
    return [_track(*one, labels) for one in encode(pose, types)[0]]


def _take(line: dict[str, Any]) -> str:
    """The take that a film is of: its name without its tempo or the number of its part."""
    return str(line["name"]).partition("@")[0].partition("#")[0]


def flat_tracks(keypoints: Keypoints2D, labels: NDArray[np.float64]) -> list[TrackSample]:
    """Stretches of joints in the image with labels (T, M) of the true pose; they have no hints."""
    nothing = torch.zeros(1, labels.shape[1])
    return [
        _track(stretch, joints, nothing.expand(len(joints), -1), labels)
        for stretch, joints in encode_flat(keypoints)[0]
    ]


def _track(stretch: Sampled, joints: Tensor, hints: Tensor, labels: NDArray[np.float64]) -> TrackSample:
    known = np.nan_to_num(labels[frame_rows(stretch)], nan=-1)
    return TrackSample(joints, (hints * GRADES).to(torch.uint8), torch.from_numpy(known).to(torch.int8))


class MotionData(DeviceBatches):
    """Batches for the movement nets.

    Args:
        truth: folder of true poses, ``0000.npz`` and on.
        poses: folder of the poses that the lifter estimated of the same tracks.
        index: ``index.json`` of the tracks, with ``name`` and ``split``.
        keypoints: folder of the keypoints that were lifted; for ``dims`` 2 only.
        dims: 3 to read poses, 2 to read joints in the image.
        types: YAML of a user's own movement types, or empty.
        labels: CSV of a user's own labels, instead of the rules' in the clips and types that it names; or empty.
        true: also train on every true pose once, as an example of a pose without jitter.
        frames: frames per window, at 30 frames/s.
        batch: windows per batch.
        every: of the takes with a genre, sorted by name, only every so many-th trains, at all its tempos; 2 for half of
            them, to see what more takes bring.
        fold: of cross-fitting; its films, known by the index, are kept apart as if for testing; -1: none are.
        workers: processes that draw windows beside the training, which is little work; null: none. Batches are cut out
            of the tracks where the net trains.
    """

    def __init__(
        self,
        truth: str,
        poses: str,
        index: str,
        keypoints: str = "",
        dims: int = 3,
        types: str = "",
        labels: str = "",
        true: bool = True,
        frames: int = 150,
        batch: int = 32,
        every: int = 1,
        fold: int = -1,
        workers: int | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.found: dict[str, list[TrackSample]] = {}
        self.types: tuple[OwnType, ...] = read_types(types) if types else ()
        self.user_labels = movement_labels.by_clip(movement_labels.read(labels, self.own)) if labels else {}

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the user's types."""
        return tuple(one.name for one in self.types)

    def setup(self, stage: str | None = None) -> None:
        """Read every track, and compute its labels once.

        Raises:
            ValueError: a file is missing, no track may train, or labels name unknown clips.
        """
        if self.found:
            return
        found = self.read("train", "val", "test")
        if not found["train"]:
            raise ValueError(f"data.index {self.hparams['index']!r} has no track with split 'train'")
        self.found = found
        self._tracks_of = {name: JoinedTracks(some, self.twin) for name, some in found.items() if some}

    def read(self, *splits: str) -> dict[str, list[TrackSample]]:
        """The tracks of some splits.

        Raises:
            ValueError: a file is missing, or labels name unknown clips.
        """
        lines = self._lines()
        if unknown := sorted(set(self.user_labels) - {line["name"] for line in lines}):
            raise ValueError(
                f"data.labels {self.hparams['labels']!r} speaks of {unknown[0]!r}, of which there is no clip"
            )
        found: dict[str, list[TrackSample]] = {name: [] for name in splits}
        known: dict[tuple[str, int], NDArray[np.float64]] = {}  # cameras around one take share its labels
        for number, line in enumerate(lines):
            if line["split"] not in splits:
                continue
            true = artefacts.load(self._file("truth", number), Pose3D)
            key = (line["name"], true.frames)
            if key not in known:
                known[key] = self._labels(line["name"], true)
                if line["split"] == "train" and self.hparams["true"] and self.hparams["dims"] == 3:
                    found["train"] += tracks(true, known[key], self.types)
            found[line["split"]] += self._tracks(number, known[key])
        return found

    def _lines(self) -> list[dict[str, Any]]:
        """The index; of a fold's training, with its films as the only ones for testing."""
        lines: list[dict[str, Any]] = json.loads(Path(self.hparams["index"]).read_text())
        takes = sorted({_take(line) for line in lines if line["genre"] and line["split"] == "train"})
        out = {take for number, take in enumerate(takes) if number % self.hparams["every"]}
        lines = [line | {"split": ""} if line["split"] == "train" and _take(line) in out else line for line in lines]
        if (fold := self.hparams["fold"]) < 0:
            return lines
        apart = ["test" if line["fold"] == fold else line["split"].replace("test", "") for line in lines]
        return [line | {"split": split} for line, split in zip(lines, apart, strict=True)]

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test."""
        lines = self._lines()
        return [{line["name"] for line in lines if line["split"] == side} for side in ("train", "val", "test")]

    def predicted_takes(self) -> list[str]:
        """The take of each pose of ``predict_dataloader``."""
        return [line["name"] for line in json.loads(Path(self.hparams["index"]).read_text())]

    def _labels(self, name: str, true: Pose3D) -> NDArray[np.float64]:
        """(T, M) labels of a take: clear 1, none 0, slight unknown; the user's in their place where there are any."""
        grades = both(true.xyz, true.time, true.up, true.root)
        out = np.concatenate([targets(grades.types), label_own(self.types, true)], 1)
        if rows := self.user_labels.get(name, ()):
            out = movement_labels.corrected(out, rows, (*NAMES, *self.own), true.time)
        return np.concatenate([out, targets(grades.words)], 1)

    def _tracks(self, number: int, labels: NDArray[np.float64]) -> list[TrackSample]:
        if self.hparams["dims"] == 2:
            return flat_tracks(artefacts.load(self._file("keypoints", number), Keypoints2D), labels)
        return tracks(artefacts.load(self._file("poses", number), Pose3D), labels, self.types)

    def _file(self, folder: str, number: int) -> Path:
        path = Path(self.hparams[folder]) / f"{number:04d}.npz"
        if not path.exists():
            raise ValueError(f"data.{folder} lacks {path.name}, which the index lists: {path}")
        return path

    @property
    def twin(self) -> list[int]:
        """Column of every movement's mirror image; -1 for a user's type without a mirrored type."""
        types = [*MIRROR, *(j if j < 0 else len(NAMES) + j for j in mirror(self.types))]
        return [*types, *(len(types) + j for j in WORD_MIRROR)]

    @property
    def share(self) -> Tensor:
        """(M,) share of the training frames of which it is known with each movement, averaged with its mirror image."""
        total, known = torch.zeros(2, len(self.twin), dtype=torch.double)
        for track in self.found["train"]:
            total += (track.labels > 0).sum(0)
            known += (track.labels >= 0).sum(0)
        rate = (total / known.clamp_min(1)).float()
        twin = torch.tensor(self.twin)
        return torch.where(twin < 0, rate, (rate + rate[twin]) / 2)

    def train_dataloader(self) -> DataLoader[Any]:
        """Windows from random positions, shuffled."""
        tracks, frames = self._tracks_of["train"], self.hparams["frames"]
        on_device = self.make_on_device(WindowDraws, partial(tracks.windows, frames))
        return DataLoader(
            self._windows("train", augment=True),
            batch_size=self.hparams["batch"],
            shuffle=True,
            # workers do not last: new ones are seeded by the epoch, so that a resume is exact
            num_workers=workers(self.hparams["workers"] or 0),
            collate_fn=collated if on_device else partial(batch_of, tracks, frames),
        )

    def val_dataloader(self) -> DataLoader[MotionBatch]:
        """All frames of the validation takes, or of the training takes where there are none."""
        return self._scored("val", "train")

    def test_dataloader(self) -> DataLoader[MotionBatch]:
        """All frames of the test takes, or of those for validation."""
        return self._scored("test", "val", "train")

    def predict_dataloader(self) -> DataLoader[Tracks]:
        """Whole estimated poses, in the order of the index."""
        lines = json.loads(Path(self.hparams["index"]).read_text())
        poses = [artefacts.load(self._file("poses", number), Pose3D) for number in range(len(lines))]
        tracks = [Tracks(lift=[pose]) for pose in poses]
        return DataLoader(dataset=tracks, batch_size=None, num_workers=0)  # type: ignore[arg-type]

    def _scored(self, *splits: str) -> DataLoader[Any]:
        """All windows of the first of some splits that has any."""
        split = next(name for name in splits if self.found[name])
        cut = partial(batch_of, self._tracks_of[split], self.hparams["frames"])
        return scored_loader(self._windows(split), self.hparams["batch"], cut)

    def _windows(self, split: str, augment: bool = False) -> TrackWindows:
        return TrackWindows([len(one.joints) for one in self.found[split]], self.hparams["frames"], augment)
