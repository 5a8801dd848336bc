"""Batches of which a share are recordings as they were seen: a detector's own keypoints in, pseudo-labels out.

Pseudo-labels that other cameras see teach poses; a detector's own errors are only in its own keypoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from dance3d.contracts import Camera, Keypoints2D, Pose3D
from dance3d.datasets.device_batches import Resident, generator_on
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import LiftBatch, lost_keypoints
from dance3d.stages.lift.data import Chunks, end_to_end
from dance3d.stages.lift.draws import Draw
from dance3d.stages.lift.semi_supervised.views import rays_of


class SeenTakes(NamedTuple):
    """Recordings laid end to end: keypoints, and poses in the camera's frame.

    Attributes:
        rays: (N, 17, 2) keypoints as tangents.
        present: (N, 17) false where a keypoint is missing.
        xyz: (N, 17, 3) pseudo-labels around the pelvis, metres.
        root: (N, 3) position of the pelvis, metres.
        first, last: (C,) first and last row of every recording.
        weight: (C,) how often it is drawn; the sum is 1.
    """

    rays: Tensor
    present: Tensor
    xyz: Tensor
    root: Tensor
    first: Tensor
    last: Tensor
    weight: Tensor


def join_seen(
    tracks: Sequence[Keypoints2D], cameras: Sequence[Camera], poses: Sequence[Pose3D], clips: Sequence[str]
) -> SeenTakes | None:
    """Lay recordings end to end; those with a frame without a pose are left out, and there is none without any.

    Args:
        tracks: keypoints.
        cameras: that saw them.
        poses: pseudo-labels, row by row.
        clips: names of the recordings, which balance how often they are drawn.
    """
    rows = []
    for track, camera, pose, clip in zip(tracks, cameras, poses, clips, strict=True):
        assert pose.root is not None
        if np.isfinite(pose.xyz).all() and np.isfinite(pose.root).all():
            rows.append(((*rays_of(track, camera), pose.xyz, pose.root), clip))
    if not rows:
        return None
    arrays, kept = zip(*rows, strict=True)
    rays, present, xyz, root = (torch.from_numpy(np.concatenate(parts)) for parts in zip(*arrays, strict=True))
    return SeenTakes(rays, present, xyz, root, *end_to_end([len(one[0]) for one in arrays], kept))


class SeenChunks(Chunks):
    """Batches of ``Chunks``, of whose chunks a share are of recordings as they were seen, once there are some.

    Args:
        chunks: from other takes, the larger part of every batch.
        share: of the chunks.
    """

    def __init__(self, chunks: Chunks, share: float) -> None:
        super().__init__(chunks.takes, chunks.augment, chunks.batch, chunks.frames, chunks.steps)
        self.seen: SeenTakes | None = None
        self.count = round(share * chunks.batch)
        self._resident_seen = Resident[SeenTakes]()

    def on(self, seed: int, device: torch.device) -> LiftBatch:
        """The batch of a seed, on a device."""
        made = super().on(seed, device)
        if self.seen is None or not self.count:
            return made
        seen = self._resident_seen(self.seen, device)
        own = draw_seen(seen, self.count, self.frames, self.augment.noise, generator_on(device, seed + 2))
        return LiftBatch(*(torch.cat([part[self.count :], other]) for part, other in zip(made, own, strict=True)))


def draw_seen(seen: SeenTakes, batch: int, frames: int, noise: float, generator: Generator | None) -> LiftBatch:
    """Chunks from random positions, half of them mirrored, some reversed in time; some keypoints are lost besides.

    Args:
        seen: recordings.
        batch: number of chunks, B.
        frames: frames per chunk, L.
        noise: factor of the losses.
        generator: source of the random numbers, on the recordings' device.
    """
    draw = Draw(generator, batch, seen.rays.device)
    chosen = torch.multinomial(seen.weight, batch, replacement=True, generator=generator)
    first, last = seen.first[chosen, None], seen.last[chosen, None]
    middle = first + ((last - first) * draw.uniform(0, 1, 2)).long()
    steps = torch.arange(frames, device=seen.rays.device) - frames // 2
    at = (middle + torch.where(draw.chance(0.3, 2), -steps, steps)).clamp(first, last)
    mirrored = draw.chance(0.5, 3)
    flip = seen.rays.new_tensor([-1.0, 1.0, 1.0])

    def either(part: Tensor, other: Tensor) -> Tensor:
        return torch.where(mirrored if part.dim() == 3 else mirrored[..., None], other, part)

    rays, present, xyz, root = seen.rays[at], seen.present[at], seen.xyz[at], seen.root[at]
    swap = H36M17.swap
    return LiftBatch(
        either(rays, rays[:, :, swap] * flip[:2]),
        either(present, present[..., swap]) & lost_keypoints(frames, noise, draw),
        either(xyz, xyz[:, :, swap] * flip),
        either(root, root * flip),
        seen.first.new_zeros(batch),
    )
