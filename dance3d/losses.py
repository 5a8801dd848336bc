"""Losses: plain functions that give unreduced values; the caller takes the mean and weighs."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dance3d.skeleton import H36M17


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
    parents, children = zip(*H36M17.bones, strict=True)
    lengths = [
        (pose[..., list(children), :] - pose[..., list(parents), :]).square().sum(-1).clamp_min(1e-12).sqrt()
        for pose in (predicted, true)
    ]
    return (lengths[0] - lengths[1]).abs()


def movement(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """(..., M) logits and labels 0 or 1 to (..., M): cross-entropy of each movement, its positives weighed by (M,).

    Source: Hu & Ahuja, ICCV 2021, section 2.3 (binary cross-entropy per body part).
    """
    return binary_cross_entropy_with_logits(logits, labels, pos_weight=weight, reduction="none")
