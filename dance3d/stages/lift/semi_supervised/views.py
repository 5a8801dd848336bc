"""Chunks and windows of keypoints without poses, from tracks of single cameras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor
from torch.utils.data import Dataset

from dance3d.contracts import Camera, Keypoints2D
from dance3d.datasets.device_batches import Resident
from dance3d.skeleton import H36M17
from dance3d.stages.lift.data import end_to_end
from dance3d.timeseries.resampling import interpolate

LONGEST_SCORED = 150
"""Frames, chosen: of a window that is scored; 5 s, in which a body turns and its bones are seen at many depths."""
MOST_SCORED = 40
"""Chosen: windows that are scored, evenly over all there are."""
_PELVIS = H36M17.index("pelvis")


class Unlabelled(NamedTuple):
    """Chunks of keypoints without poses.

    Attributes:
        rays: (B, L, J, 2) keypoints as tangents (x/z, y/z), camera frame.
        present: (B, L, J) false where a keypoint is missing.
    """

    rays: Tensor
    present: Tensor


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


class UnlabelledWindows(Dataset[Unlabelled]):
    """Tracks cut into windows that are scored one at a time; edges of tracks are repeated.

    Args:
        tracks: keypoints that cameras saw.
        cameras: of every track, known or assumed.
        context: frames around a window that the net needs.
    """

    def __init__(self, tracks: Sequence[Keypoints2D], cameras: Sequence[Camera], context: int) -> None:
        self.views = [_rays(track, camera) for track, camera in zip(tracks, cameras, strict=True)]
        every = [
            (number, np.arange(start - context // 2, min(start + LONGEST_SCORED, len(rays)) + context // 2))
            for number, (rays, _) in enumerate(self.views)
            for start in range(0, len(rays), LONGEST_SCORED)
        ]
        chosen = np.unique(np.linspace(0, len(every) - 1, min(len(every), MOST_SCORED)).round().astype(int))
        self.rows = [every[at] for at in chosen]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Unlabelled:
        number, rows = self.rows[index]
        rays, present = self.views[number]
        rows = rows.clip(0, len(rays) - 1)
        return Unlabelled(torch.from_numpy(rays[rows]), torch.from_numpy(present[rows]))


def _rays(track: Keypoints2D, camera: Camera) -> tuple[Any, Any]:
    """(T, 17, 2) tangents, 0 where missing but for the pelvis, which is filled in time, and (T, 17) presence."""
    present = np.isfinite(track.xy).all(-1) & track.measured
    rays = np.where(present[..., None], (track.xy - np.array(camera.centre)) / camera.focal, 0.0)
    rays[:, _PELVIS] = interpolate(rays[:, _PELVIS], present[:, _PELVIS], track.time, track.time)
    return rays.astype(np.float32), present
