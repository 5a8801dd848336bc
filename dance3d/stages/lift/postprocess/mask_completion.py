"""Completion of missing keypoints with the dancer's mask.

A mask contains neither joints nor depth, but it shows where the limbs end in the image. It therefore completes the
keypoints, and the lifter, which knows poses in depth, runs again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor
from torch.nn.functional import grid_sample

from dance3d.contracts import Keypoints2D, Masks, Pose3D
from dance3d.geometry import boxes
from dance3d.geometry.rigid_body import bone_lengths
from dance3d.masks import lines, skeleton_mask
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import interpolate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SIZE = 64
"""Pixels, chosen: side of the square around the person in which masks are compared."""
# Chosen:
_MARGIN = 1.2  # side of that square, as a multiple of the longer side of the mask's box
_NEAREST = 0.3  # metres, smallest distance of a dancer
_RATE = 0.03  # metres, learning rate of Adam, whose steps are about this long
_PARENTS = [max(p, 0) for p in H36M17.parent_indices]


@dataclass(frozen=True)
class CompletionWeights:
    """Weights of the terms; lengths are metres at the pelvis' distance.

    Attributes:
        mask: squared difference between skeleton mask and mask, mean over pixels.
        inside: squared distance of missing limbs from the mask.
        near: squared distance of missing joints from the straight line in time between their neighbours.
        smooth: its squared second difference from frame to frame.
        length: squared length by which a bone looks longer than it is.
        steps: of descent.

    Weights were chosen on two takes that are not held out.
    """

    mask: float = 10.0
    inside: float = 2.0
    near: float = 0.01
    smooth: float = 1.0
    length: float = 1.0
    steps: int = 60

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"CompletionWeights.{field.name} is {value}, expected a number of 0 or more")


def fill_gaps(track: Keypoints2D) -> Keypoints2D:
    """The track with missing keypoints interpolated in time; joints that are never seen stay missing."""
    present = _present(track)
    xy = np.where(present[..., None], track.xy, 0.0).astype(np.float64)
    score = np.where(present, track.score, 0.0)
    for joint in np.flatnonzero(~present.all(0) & present.any(0)):
        xy[:, joint] = interpolate(xy[:, joint], present[:, joint], track.time, track.time)
        score[:, joint] = interpolate(score[:, joint], present[:, joint], track.time, track.time)
    known = (score > 0)[..., None]
    return replace(track, xy=np.where(known, xy, np.nan).astype(np.float32), score=score.astype(np.float32))


def complete_keypoints(
    track: Keypoints2D, pose: Pose3D, masks: Masks, terms: CompletionWeights | None = None
) -> Keypoints2D:
    """Fill missing keypoints so that the body, drawn as lines, covers the mask.

    Known joints stay. Frames without pose or mask are interpolated in time, as are joints that the mask cannot show,
    for example in front of the trunk. ``measured`` stays false for filled joints.

    Args:
        track: (T, 17) keypoints, NaN or score 0 where missing.
        pose: lifted from ``fill_gaps(track)``; provides the distance and the bone lengths.
        masks: of this dancer alone, T images of any size that show the keypoints' image.
        terms: weights.

    Returns:
        The track without gaps, except for joints that are never seen.

    Raises:
        ValueError: track, pose and masks have different numbers of frames, or the pose has no root or camera.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equations 2, 4 and 5, on keypoints in place of a detector.
    """
    if not len(track.xy) == len(pose.xyz) == len(masks.mask):
        counts = f"{len(track.xy)} frames of keypoints, {len(pose.xyz)} of the pose, {len(masks.mask)} of masks"
        raise ValueError(f"{counts}: expected as many of each")
    if pose.root is None or pose.camera is None:
        raise ValueError("the pose has no place before a camera")
    present, straight = _present(track), fill_gaps(track)
    known = np.isfinite(pose.xyz).all((1, 2)) & np.isfinite(pose.root).all(1) & np.isfinite(straight.xy).all((1, 2))
    rows = np.flatnonzero(known & ~present.all(1) & masks.mask.any((1, 2)))
    if not len(rows):
        return straight
    camera = pose.camera
    unit = camera.focal / np.maximum(pose.root[:, 2].astype(np.float64), _NEAREST)  # pixels a metre
    unit = np.where(np.isfinite(unit), unit, 1.0)[:, None, None]
    views = [_view(masks.mask[t], track.size[0]) for t in rows]
    middle = np.stack([view[0] for view in views]) / unit[rows, 0]
    side = np.array([view[1] for view in views]) / unit[rows, 0, 0]
    flat = np.nan_to_num(straight.xy.astype(np.float64)) / unit
    free = ~present
    free[np.setdiff1d(np.arange(len(free)), rows)] = False
    lengths = bone_lengths(pose.xyz[known].astype(np.float64))
    picture = _Picture(rows, np.stack([view[2] for view in views]), middle, side)
    found = _descend(flat, free, lengths, picture, terms or CompletionWeights()) * unit
    xy = np.where(free[..., None], found, straight.xy)
    return replace(straight, xy=xy.astype(np.float32))


def _present(track: Keypoints2D) -> Flags:
    return np.asarray(np.isfinite(track.xy).all(-1) & (track.score > 0))


def _view(mask: Flags, width: int) -> tuple[Floats, float, Flags]:
    """Middle (2,) and side of a square around the person, pixels of an image of this width, and its mask (S, S)."""
    low, high = np.array(boxes.of_mask(mask), np.float64).reshape(2, 2)
    middle, side = (low + high) / 2, _MARGIN * float((high - low).max())
    at = np.floor(middle[:, None] - side / 2 + (np.arange(SIZE) + 0.5) * side / SIZE).astype(int)
    ends = np.array(mask.shape[::-1])[:, None]
    there = (at >= 0) & (at < ends)
    column, row = np.clip(at, 0, ends - 1)
    scale = width / mask.shape[1]
    return middle * scale, side * scale, mask[np.ix_(row, column)] & there[0] & there[1][:, None]


class _Picture:
    """The masks of F frames as tensors.

    Args:
        rows: (F,) their numbers.
        mask: (F, S, S).
        middle: (F, 2) of the squares, metres.
        side: (F,) metres.
    """

    def __init__(self, rows: NDArray[np.intp], mask: Flags, middle: Floats, side: Floats) -> None:
        self.rows = torch.from_numpy(rows)
        self.mask = torch.from_numpy(mask).float()
        metres = side[:, None, None] / SIZE
        # A body larger than the square may be cut, so that no square is without mask; the thinnest may vanish.
        off = np.stack([distance_transform_edt(~one) if one.any() else np.zeros(one.shape) for one in mask])
        self.outside = torch.from_numpy(off * metres).float()[:, None]
        self.middle, self.side = torch.from_numpy(middle)[:, None], torch.from_numpy(side)[:, None, None]
        self.lines = lines()
        self.along = torch.linspace(0.2, 1.0, 5, dtype=torch.double)[:, None]

    def __call__(self, flat: Tensor, free: Tensor, terms: CompletionWeights) -> Tensor:
        """Energy of joints (F, 17, 2), of which those in ``free`` (F, 17) are missing."""
        place = (flat - self.middle) / self.side * 2
        drawn = skeleton_mask(place.float(), SIZE, self.lines)
        mask = (drawn - self.mask).square().mean((1, 2)).sum()
        start = place[:, _PARENTS, None]
        points = start + (place[:, :, None] - start) * self.along  # along every bone
        outside = grid_sample(self.outside, points.float(), align_corners=False, padding_mode="border")[:, 0]
        return terms.mask * mask + terms.inside * (outside.square().mean(-1) * free).sum()


def _descend(flat: Floats, free: Flags, lengths: Floats, picture: _Picture, terms: CompletionWeights) -> Floats:
    """Joints (T, 17, 2), metres; those in ``free`` (T, 17) are moved to minimise the energy."""
    start, moving = torch.from_numpy(flat), torch.from_numpy(free)[..., None]
    longest = torch.from_numpy(lengths)
    offset = torch.zeros_like(start, requires_grad=True)
    adam = torch.optim.Adam([offset], lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(terms.steps, 1))
    lost = moving[picture.rows, :, 0]
    with torch.enable_grad():
        for _ in range(terms.steps):
            moved = torch.where(moving, offset, 0.0)
            now = start + moved
            bones = (now - now[:, _PARENTS]).square().sum(-1).clamp_min(1e-12).sqrt()
            energy = picture(now[picture.rows], lost, terms) + terms.near * moved.square().sum()
            energy = energy + terms.smooth * moved.diff(n=2, dim=0).square().sum()
            energy = energy + terms.length * (bones - longest).clamp_min(0).square().sum()
            adam.zero_grad()
            torch.autograd.backward(energy)
            adam.step()
            schedule.step()
    return (start + torch.where(moving, offset, 0.0)).detach().numpy()
