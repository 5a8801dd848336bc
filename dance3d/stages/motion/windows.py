"""Windows over tracks: where they lie is drawn by the loader, and they are cut out on the device of the net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from dance3d.datasets.device_batches import CPU, Resident
from dance3d.movement_types import MIRROR
from dance3d.skeleton import H36M17

GRADES = 2
"""Of hints above none: slight and clear."""


class MotionBatch(NamedTuple):
    """Windows of bodies at 30 frames/s; M movements: the 154, a user's own types, and the words.

    Attributes:
        joints: (B, T, 17, D + 2) as in ``PartFrames``, D + 1 in the image; zero after the end of a track.
        hints: (B, T, M) results of the rules for these bodies: 0 none, one half slight, 1 clear.
        labels: (B, T, M) results of the rules for the true bodies, or a user's labels; NaN where unknown or slight.
        valid: (B, T) false after the end of a track.
    """

    joints: Tensor
    hints: Tensor
    labels: Tensor
    valid: Tensor


class TrackSample(NamedTuple):
    """One stretch of a track, as ``MotionBatch`` without the batch axis; all its frames are valid.

    ``hints`` are counts of ``GRADES`` and ``labels`` int8 with -1 where unknown, which needs a quarter of the memory.
    """

    joints: Tensor
    hints: Tensor
    labels: Tensor


class WindowDraws(NamedTuple):
    """Which windows a batch has, B of them: their tracks' numbers, first frames, and whether they are mirrored."""

    track: Tensor
    start: Tensor
    mirrored: Tensor


class TrackWindows(Dataset[WindowDraws]):
    """Places of windows over tracks; in training each starts at a random frame nearby, and half of them are mirrored.

    Args:
        lengths: frames of every track.
        frames: of a window.
        augment: as in training.
    """

    def __init__(self, lengths: Sequence[int], frames: int, augment: bool) -> None:
        self.lengths, self.frames, self.augment = lengths, frames, augment
        self.places = [(n, at) for n, length in enumerate(lengths) for at in range(0, length, frames)]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> WindowDraws:
        number, start = self.places[index]
        mirrored = torch.zeros((), dtype=torch.bool)
        if self.augment:
            latest = max(self.lengths[number] - self.frames, 0)
            start = min(max(start + int(torch.randint(-self.frames // 2, self.frames // 2 + 1, ())), 0), latest)
            mirrored = torch.rand(()) < 0.5
        return WindowDraws(torch.tensor(number), torch.tensor(start), mirrored)


class _TrackRows(NamedTuple):
    """Tracks end to end: parts of ``TrackSample`` (N, ...); first row and length (C,) of every track; ``twin`` (M,)."""

    joints: Tensor
    hints: Tensor
    labels: Tensor
    first: Tensor
    length: Tensor
    twin: Tensor


class JoinedTracks:
    """Tracks from which windows are cut on any device, many at once.

    Args:
        found: the tracks; afterwards they are views into the joined ones, so that nothing is kept twice.
        twin: column of every movement's mirror image; -1 for a type without a mirrored type.
    """

    def __init__(self, found: list[TrackSample], twin: Sequence[int] = MIRROR) -> None:
        length = [len(track.joints) for track in found]
        parts = [torch.cat(part) for part in zip(*found, strict=True)]
        found[:] = map(TrackSample, *(torch.split(part, length) for part in parts))
        lengths = torch.tensor(length)
        self.joined = _TrackRows(*parts, lengths.cumsum(0) - lengths, lengths, torch.tensor(twin))  # type: ignore[call-arg]
        self._resident = Resident[_TrackRows]()

    def windows(self, frames: int, draws: WindowDraws, device: torch.device) -> MotionBatch:
        """Windows of so many frames.

        Args:
            frames: of a window.
            draws: which windows.
            device: of the batch.
        """
        tracks = self._resident(self.joined, device)
        track, start, mirrored = (part.to(device) for part in draws)
        row = start[:, None] + torch.arange(frames, device=device)
        valid = row < tracks.length[track, None]
        row = tracks.first[track, None] + torch.minimum(row, tracks.length[track, None] - 1)
        joints, hints, labels = tracks.joints[row], tracks.hints[row], tracks.labels[row]
        other = joints[..., H36M17.swap, :] * joints.new_tensor([-1.0, 1.0, 1.0, 1.0, 1.0])[: joints.shape[-1]]
        joints = torch.where(mirrored[:, None, None, None], other, joints)
        flip, at, known = mirrored[:, None, None], tracks.twin.clamp_min(0), tracks.twin >= 0
        hints = torch.where(flip, hints[..., at] * known, hints)
        labels = torch.where(flip, labels[..., at].where(known, -1), labels)  # unknown: the type has no mirrored type
        there = valid[..., None]
        labels = torch.where(there, labels, 0)
        return MotionBatch(
            torch.where(there[..., None], joints, 0.0),
            (hints * there).float() / GRADES,
            torch.where(labels < 0, torch.nan, labels.float()),
            valid,
        )


def collated(draws: Sequence[WindowDraws]) -> WindowDraws:
    """Draws of single windows as those of a batch."""
    return WindowDraws(*(torch.stack(part) for part in zip(*draws, strict=True)))


def batch_of(tracks: JoinedTracks, frames: int, draws: Sequence[WindowDraws]) -> MotionBatch:
    """A batch on the CPU.

    Args:
        tracks: of which windows are cut.
        frames: of a window.
        draws: which windows.
    """
    return tracks.windows(frames, collated(draws), CPU)
