"""Training data with few labels: some takes with true motion, the others with keypoints of single cameras only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader

from dance3d.contracts import Camera, Keypoints2D, MotionClip
from dance3d.datasets.device_batches import Resident, SeededBatches, generator_on
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.data import Chunks, end_to_end
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingData
from dance3d.timeseries.resampling import interpolate

_PELVIS = H36M17.index("pelvis")


class Unlabelled(NamedTuple):
    """Chunks of keypoints without poses.

    Attributes:
        rays: (B, L, J, 2) keypoints as tangents (x/z, y/z), camera frame.
        present: (B, L, J) false where a keypoint is missing.
    """

    rays: Tensor
    present: Tensor


class SemiBatch(NamedTuple):
    """One batch of semi-supervised training."""

    labelled: LiftBatch
    unlabelled: Unlabelled


class _JoinedViews(NamedTuple):
    """Tracks laid end to end: rays (N, 17, 2), present (N, 17); first and last row, and weight, (C,) of every track."""

    rays: Tensor
    present: Tensor
    first: Tensor
    last: Tensor
    weight: Tensor


class Views:
    """Keypoint tracks laid end to end, from which chunks are drawn.

    Args:
        tracks: keypoints that cameras saw.
        cameras: of every track, known or assumed.
        genres: of every track; they balance how often tracks are drawn.
    """

    def __init__(self, tracks: Sequence[Keypoints2D], cameras: Sequence[Camera], genres: Sequence[str]) -> None:
        pairs = [_rays(track, camera) for track, camera in zip(tracks, cameras, strict=True)]
        rays, present = (torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*pairs, strict=True))
        self.joined = _JoinedViews(rays, present, *end_to_end([track.frames for track in tracks], genres))
        self._resident = Resident[_JoinedViews]()

    def draw(self, batch: int, frames: int, generator: Generator | None, device: torch.device) -> Unlabelled:
        """Chunks from random positions, half of them mirrored, some reversed in time; edges of tracks are repeated.

        Args:
            batch: number of chunks, B.
            frames: frames per chunk, L.
            generator: source of the random numbers, on the device.
            device: of the batch.
        """
        tracks = self._resident(self.joined, device)
        chosen = torch.multinomial(tracks.weight, batch, replacement=True, generator=generator)
        first, last = tracks.first[chosen, None], tracks.last[chosen, None]
        share, mirror, back = torch.rand(3, batch, 1, generator=generator, device=device).unbind()
        middle = first + ((last - first) * share).long()
        steps = torch.arange(frames, device=device) - frames // 2
        at = (middle + torch.where(back < 0.3, -steps, steps)).clamp(first, last)
        rays, present, mirrored = tracks.rays[at], tracks.present[at], mirror[..., None] < 0.5
        present = torch.where(mirrored, present[..., H36M17.swap], present)
        other = rays[..., H36M17.swap, :] * rays.new_tensor([-1.0, 1.0])
        return Unlabelled(torch.where(mirrored[..., None], other, rays), present)


def _rays(track: Keypoints2D, camera: Camera) -> tuple[Any, Any]:
    """(T, 17, 2) tangents, 0 where missing but for the pelvis, which is filled in time, and (T, 17) presence."""
    present = np.isfinite(track.xy).all(-1) & track.measured
    rays = np.where(present[..., None], (track.xy - np.array(camera.centre)) / camera.focal, 0.0)
    rays[:, _PELVIS] = interpolate(rays[:, _PELVIS], present[:, _PELVIS], track.time, track.time)
    return rays.astype(np.float32), present


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
            give keypoints only; where every take has labels, all of them also give keypoints.
        kwargs: of ``SelfTrainingData``.
    """

    def __init__(self, labelled: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < labelled <= 1:
            raise ValueError(f"data.labelled is {labelled}, expected a share above 0 and up to 1")

    def prepare_training(self) -> None:
        """Hide the labels of most takes and film these; random motion gets its proportions from their keypoints."""
        kept = labelled_takes(self.train_clips, self.hparams["labelled"])
        names = {clip.name for clip in kept}
        rest = [clip for clip in self.train_clips if clip.name not in names] or kept
        seen = self.film_unlabelled(rest)
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
