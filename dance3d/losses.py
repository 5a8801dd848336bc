"""Losses: plain functions that give unreduced values; the caller takes the mean and weighs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dance3d.geometry import project
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
    return (_lengths(predicted) - _lengths(true)).abs()


def _lengths(pose: Tensor) -> Tensor:
    parents, children = zip(*H36M17.bones, strict=True)
    return distance(pose[..., list(children), :], pose[..., list(parents), :])


def bone_means(labelled: Tensor, unlabelled: Tensor) -> Tensor:
    """(B, T, 17, 3) twice to (16,): how far apart two batches are in every bone's mean length, metres.

    Source: Pavllo et al., CVPR 2019, section 4 (bone length loss).
    """
    return (_lengths(labelled).mean((0, 1)) - _lengths(unlabelled).mean((0, 1))).abs()


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
