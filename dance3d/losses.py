"""Losses: plain functions that give unreduced values; the caller takes the mean and weighs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dance3d.geometry.projection import project
from dance3d.masks.raster import pixels
from dance3d.skeleton import H36M17

_NEAR = 0.1  # metres, the least depth that anything is divided by


def distance(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., J, 3) twice to (..., J): how far every joint is off, metres; its mean is MPJPE.

    Source: Pavllo et al., CVPR 2019, section 3.
    """
    return (predicted - true).square().sum(-1).clamp_min(1e-12).sqrt()


def velocity(predicted: Tensor, true: Tensor) -> Tensor:
    """(B, T, J, 3) twice to (B, T - 1, J): how far every joint's step to the next frame is off, metres per frame."""
    return distance(predicted.diff(dim=1), true.diff(dim=1))


def bone_lengths(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., 17, 3) twice to (..., 16): absolute difference of every bone's length, metres."""
    return (lengths(predicted) - lengths(true)).abs()


def lengths(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (..., 16): length of every bone, in the unit of the joints."""
    parents, children = zip(*H36M17.bones, strict=True)
    return distance(pose[..., list(children), :], pose[..., list(parents), :])


def bone_means(labelled: Tensor, unlabelled: Tensor) -> Tensor:
    """(B, T, 17, 3) twice to (16,): how far apart two batches are in every bone's mean length, metres.

    Source: Pavllo et al., CVPR 2019, section 4 (bone length loss).
    """
    return (lengths(labelled).mean((0, 1)) - lengths(unlabelled).mean((0, 1))).abs()


def weighted_distance(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., 3) twice to (...): how far a place is off per metre of its true depth; its mean is WMPJPE.

    Source: Pavllo et al., CVPR 2019, section 4, equation of the trajectory model.
    """
    return distance(predicted, true) / true[..., 2].clamp_min(_NEAR)


def reprojection(predicted: Tensor, rays: Tensor) -> Tensor:
    """How far joints fall from the keypoints in the picture.

    Args:
        predicted: (..., J, 3) joints in the camera frame, metres.
        rays: (..., J, 2) keypoints as tangents (x/z, y/z).

    Returns:
        (..., J) tangents. Those of joints are held within -1 and 1, so that one beside the camera does not drown all.

    Source: Pavllo et al., CVPR 2019, section 4.
    """
    in_front = torch.cat([predicted[..., :2], predicted[..., 2:].clamp_min(_NEAR)], -1)
    return distance(project(in_front, 1.0, 0.0).clamp(-1, 1), rays)


def movement(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """(..., M) logits and labels 0 or 1 to (..., M): cross-entropy of each movement, its positives weighed by (M,).

    Source: Hu & Ahuja, ICCV 2021, section 2.3 (binary cross-entropy per body part).
    """
    return binary_cross_entropy_with_logits(logits, labels, pos_weight=weight, reduction="none")


def heatmap(share: Tensor, at: Tensor) -> Tensor:
    """How far a heatmap's marginal is from a narrow hill at the true place: cross-entropy in nats.

    Args:
        share: (..., N) that sums to 1 over cells that fill -1 to 1.
        at: (...) true place.

    Returns:
        (...), least but not 0 where the hill is met.
    """
    cells = share.shape[-1]
    hill = torch.softmax(-((pixels(cells, share) - at[..., None]) * cells / _HILL).square() / 2, -1)
    return -(hill * (share + 1e-6).log()).sum(-1)


def heatmap2d(heat: Tensor, at: Tensor) -> Tensor:
    """How far a heatmap is from a narrow hill at the true place: cross-entropy in nats.

    Args:
        heat: (..., H, W) logarithms of cells that fill -1 to 1 along x and y and sum to 1.
        at: (..., 2) true place.

    Returns:
        (...), least but not 0 where the hill is met.
    """
    across, down = (
        torch.softmax(-((pixels(cells, heat) - at[..., axis, None]) * cells / _HILL).square() / 2, -1)
        for axis, cells in ((0, heat.shape[-1]), (1, heat.shape[-2]))
    )
    return -((heat * across[..., None, :]).sum(-1) * down).sum(-1)


_HILL = 1.2  # halves of a cell, the hill's standard deviation


def mean_where(values: Tensor, counted: Tensor) -> Tensor:
    """Mean of the values (...) where ``counted``, which is spread over them, is true; 0 where it never is."""
    chosen = counted.expand_as(values).to(values.dtype)
    return (values * chosen).sum() / chosen.sum().clamp_min(1.0)


def mask(drawn: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """(..., H, W) three times to (...): weighted mean square of what a drawn mask is off.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equations 7 and 9.
    """
    return (weight * (true - drawn).square()).mean((-2, -1))


def symmetry(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (...): mean difference between the bones of both sides, as a share of the mean bone."""
    length = lengths(pose)
    children = [child for _, child in H36M17.bones]
    left = [children.index(c) for c in H36M17.left]
    right = [children.index(c) for c in H36M17.right]
    mean = length.mean(-1).detach().clamp_min(1e-6)
    return (length[..., left] - length[..., right]).abs().mean(-1) / mean


def backward_bend(pose: Tensor) -> Tensor:
    """How far what points forward in everybody points backwards: both knees and the nose.

    What tells left from right without a label: forward is where left and up say it is.

    Args:
        pose: (..., 17, 3) in any right-handed frame.

    Returns:
        (..., 3) how far each knee is behind the line from hip to ankle, and the nose behind that from thorax to head,
        as a share of the line; 0 for what is before it.
    """
    at = {joint: pose[..., column, :] for column, joint in enumerate(H36M17.joints)}
    hips = _forward(at["left_hip"] - at["right_hip"], at["spine"] - at["pelvis"])
    chest = _forward(at["left_shoulder"] - at["right_shoulder"], at["thorax"] - at["spine"])
    lines = [(hips, *(at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))) for side in ("left", "right")]
    behind = []
    for forward, start, middle, stop in [*lines, (chest, at["thorax"], at["nose"], at["head"])]:
        line = stop - start
        length = line.norm(dim=-1).clamp_min(1e-6)
        along = ((middle - start) * line).sum(-1) / length.square()
        off = middle - start - along[..., None] * line
        behind.append((-(off * forward).sum(-1) / length).clamp_min(0))
    return torch.stack(behind, -1)


def _forward(left: Tensor, up: Tensor) -> Tensor:
    return torch.nn.functional.normalize(torch.linalg.cross(left, up), dim=-1, eps=1e-6)
