"""How well invented bodies explain what is seen, for every pattern of signs; and the depths that they give it.

Samples whose projection lies near the keypoints count, by a normal distribution. Their number is the evidence for a
pattern of signs, their mean depth is what a segment of it points in depth: near the full length of a bone, keypoints a
few centimetres off leave its depth open, and the mean of what bodies do is the best that can be said.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.geometry.rotations import swing
from dance3d.stages.lift.optimisation.depth_signs import SIGNED, SignSearch
from dance3d.stages.lift.optimisation.invented_bodies import LIMBS, TORSO, facing_every_way, frame, invented_bodies
from dance3d.stages.lift.optimisation.joint_limits import ENDS, UP, segment_lengths
from dance3d.timeseries.resampling import chunks

Floats = NDArray[np.float64]
ERROR = 0.06
"""Metres, chosen on films of training takes: standard deviation of a segment's keypoints, most of it a slow bias."""
_FLOOR = 1e-4  # chosen: share of samples that fit where none does
_AT_ONCE = 100  # frames weighed together, which bounds memory
_PATTERNS = 16  # of the trunk's four signs


class DepthEvidence(NamedTuple):
    """What invented bodies say of T frames, for 16 patterns of the trunk and 4 of each limb.

    Attributes:
        torso: (T, 16) log of the share of bodies whose trunk fits.
        torso_depth: (T, 16, 4) metres, mean depth of the trunk's segments.
        limbs: (T, 16, 4) the log for each limb.
        limb_depths: (T, 16, 4, 2) metres, mean depth of its two segments.
    """

    torso: Tensor
    torso_depth: Tensor
    limbs: list[Tensor]
    limb_depths: list[Tensor]


class Offsets(NamedTuple):
    """Segments at one depth.

    Attributes:
        flat: (T, 14, 2) metres across the line of sight.
        slope: (T, 14, 2) metres that they gain per metre of depth.
    """

    flat: Floats
    slope: Floats

    def at_depth(self, depth: Floats) -> Floats:
        """(T, 14, 3) segments of these depths (T, 14)."""
        return np.concatenate([self.flat + self.slope * depth[..., None], depth[..., None]], -1)


def offsets(view: SignSearch) -> Offsets:
    """Segments of a clip; lines across the body have their middle at the pelvis' distance."""
    ends = ENDS[: len(SIGNED)]
    first, last = view.rays[:, ends[:, 0]], view.rays[:, ends[:, 1]]
    slope = last.copy()
    for name in ("hips", "shoulders"):
        row = SIGNED.index(name)
        slope[:, row] = (first[:, row] + last[:, row]) / 2
    return Offsets(view.distance[:, None, None] * (last - first), slope)


def level_camera(up: Floats) -> Tensor:
    """(3, 3) rotation that takes the direction against gravity of a level camera to ``up``, a unit vector."""
    return torch.from_numpy(swing(np.array([0.0, -1.0, 0.0]), up[None])[0]).float()


@torch.no_grad()
def evidence(view: SignSearch, options: Floats, rows: NDArray[np.intp], up: Floats) -> DepthEvidence:
    """Weigh invented bodies against some frames of a clip.

    Args:
        view: the clip's keypoints and lengths.
        options: (T, 14, 2, 3) metres, of ``depth_signs.candidates``.
        rows: (R,) frames.
        up: (3,) unit vector against gravity, camera frame.
    """
    seen = offsets(view)
    flat, slope = (torch.from_numpy(part[rows]).float() for part in seen)
    depths = torch.from_numpy(options[rows][..., 2]).float()
    lengths = torch.from_numpy(segment_lengths(view.lengths)[: len(SIGNED)]).float()
    parts = [
        _weigh(flat[a:b], slope[a:b], depths[a:b], lengths, torch.from_numpy(up).float(), level_camera(up))
        for a, b in chunks(len(rows), _AT_ONCE)
    ]
    limbs, limb_depths = (
        [torch.cat(p) for p in zip(*(getattr(e, name) for e in parts), strict=True)]
        for name in ("limbs", "limb_depths")
    )
    return DepthEvidence(
        torch.cat([e.torso for e in parts]), torch.cat([e.torso_depth for e in parts]), limbs, limb_depths
    )


def _weigh(flat: Tensor, slope: Tensor, depths: Tensor, lengths: Tensor, up: Tensor, level: Tensor) -> DepthEvidence:
    """The evidence of few frames.

    Args:
        flat: (T, 14, 2) of ``Offsets``.
        slope: (T, 14, 2) likewise.
        depths: (T, 14, 2) metres of the options.
        lengths: (14,) metres.
        up: (3,) against gravity.
        level: (3, 3) of ``level_camera``.
    """
    frames, bodies, count = len(flat), invented_bodies(), len(TORSO)
    image = torch.zeros(frames, len(SIGNED), 2, 3)  # from a segment to its offset at one depth
    image[..., 0, 0] = image[..., 1, 1] = 1
    image[..., 2] = -slope
    middle = depths.mean(-1)
    torsos = facing_every_way(bodies.torsos, level)
    near = _near(torsos, image[:, :count] * lengths[:count, None, None], flat[:, :count])  # (M, T)
    depth = torsos[..., 2] * lengths[:count]
    bits = 2 ** torch.arange(count - 1, -1, -1)
    pattern = ((depth[:, None] < middle[None, :, :count]).long() * bits).sum(-1)
    share, total = torch.zeros(frames, _PATTERNS), torch.zeros(frames, _PATTERNS, count)
    for number in range(_PATTERNS):
        own = near * (pattern == number)
        share[:, number], total[:, number] = own.mean(0), own.T @ depth / len(depth)
    signs = torch.arange(_PATTERNS)[:, None] // bits % 2  # (16, 4)
    alone = torch.stack([depths[:, i, signs[:, i]] for i in range(count)], -1)
    floor = _FLOOR / 10
    torso_depth = (total + floor * alone) / (share[..., None] + floor)
    across = flat[:, None, :count] + slope[:, None, :count] * torso_depth[..., None]
    lines = dict(zip(TORSO, torch.cat([across, torso_depth[..., None]], -1).unbind(2), strict=True))
    lines |= {"trunk": lines["belly"] + lines["chest"], UP: up.expand(frames, _PATTERNS, 3)}
    limbs, limb_depths = [], []
    for limb, samples in zip(LIMBS, bodies.limbs, strict=True):
        frames_of = frame(lines[limb.line].double().numpy(), lines[limb.axis].double().numpy())
        turn = torch.from_numpy(frames_of).float().transpose(-1, -2).flatten(0, 1)  # (T x 16, 3, 3) to the camera's
        which = [SIGNED.index(name) for name in limb[:2]]
        every = [part[:, which].repeat_interleave(_PATTERNS, 0) for part in (image, flat, middle, depths)]
        log, mean = _weigh_limb(samples, turn, lengths[which], *every)
        limbs.append(log.reshape(frames, _PATTERNS, 4))
        limb_depths.append(mean.reshape(frames, _PATTERNS, 4, 2))
    return DepthEvidence((share + floor).log(), torso_depth, limbs, limb_depths)


def _weigh_limb(
    samples: Tensor, turn: Tensor, lengths: Tensor, image: Tensor, flat: Tensor, middle: Tensor, depths: Tensor
) -> tuple[Tensor, Tensor]:
    """Log share of the samples that fit, (N, 4), and their mean depths, (N, 4, 2), for every pattern of two signs.

    Args:
        samples: (M, 2, 3) directions in the limb's frame.
        turn: (N, 3, 3) from there to the camera's.
        lengths: (2,) metres.
        image: (N, 2, 2, 3) from a segment to its offset at one depth.
        flat: (N, 2, 2) metres seen.
        middle: (N, 2) metres, depth between the options.
        depths: (N, 2, 2) metres, the options.
    """
    near = _near(samples, (image * lengths[:, None, None]) @ turn[:, None], flat)
    depth = [samples[:, k] @ (turn[:, 2] * lengths[k]).T for k in (0, 1)]
    towards = [(depth[k] < middle[:, k]).float() for k in (0, 1)]
    share, total = [], []
    upper = near * towards[0]
    for own in (near - upper, upper):
        lower = own * towards[1]
        for both in (own - lower, lower):
            share.append(both.mean(0))
            total.append(torch.stack([(both * d).mean(0) for d in depth], -1))
    found, sums = torch.stack(share, 1), torch.stack(total, 1)
    alone = torch.stack([torch.stack([depths[:, 0, s // 2], depths[:, 1, s % 2]], -1) for s in range(4)], 1)
    return (found + _FLOOR).log(), (sums + _FLOOR * alone) / (found[..., None] + _FLOOR)


def _near(samples: Tensor, image: Tensor, seen: Tensor) -> Tensor:
    """(M, N) how near samples (M, S, 3) fall, through (N, S, 2, 3), to what is seen (N, S, 2); 1 for no distance.

    The squared distance is a polynomial of the sample: one matrix product serves all pairs.
    """
    x, y, z = samples.unbind(-1)
    powers = torch.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z, x, y, z], -1).flatten(1)
    square = image.transpose(-1, -2) @ image
    mixed = -2 * (image.transpose(-1, -2) @ seen[..., None])[..., 0]
    pairs = [square[..., i, j] for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))]
    weights = torch.stack([*pairs, *mixed.unbind(-1)], -1).flatten(1)
    return (powers @ weights.T).add_(seen.square().sum((1, 2))).mul_(-0.5 / ERROR**2).clamp_(max=0).exp_()
