"""Losses: plain functions that return unreduced values; the caller averages and weights them.

All compute in float32 or better, under autocast too.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from dance3d.geometry.body_frame_torch import part_frame
from dance3d.geometry.precision import in_full_precision
from dance3d.geometry.projection import project
from dance3d.masks.raster import pixels
from dance3d.skeleton import H36M17

_NEAR = 0.1  # metres, chosen: smallest depth used as a divisor


@in_full_precision
def distance(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., J, 3) twice to (..., J): Euclidean distance of every joint from its true position, metres.

    Its mean is MPJPE.

    Source: Pavllo et al., CVPR 2019, section 3.
    """
    return (predicted - true).square().sum(-1).clamp_min(1e-12).sqrt()


@in_full_precision
def velocity(predicted: Tensor, true: Tensor) -> Tensor:
    """(B, T, J, 3) twice to (B, T - 1, J): error of every joint's step to the next frame, metres per frame."""
    return distance(predicted.diff(dim=1), true.diff(dim=1))


@in_full_precision
def bone_lengths(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., 17, 3) twice to (..., 16): absolute difference of every bone's length, metres."""
    return (lengths(predicted) - lengths(true)).abs()


@in_full_precision
def lengths(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (..., 16): length of every bone, in the unit of the joints."""
    parents, children = zip(*H36M17.bones, strict=True)
    return distance(pose[..., list(children), :], pose[..., list(parents), :])


@in_full_precision
def bone_means(labelled: Tensor, unlabelled: Tensor) -> Tensor:
    """(B, T, 17, 3) twice to (16,): how far apart two batches are in every bone's mean length, metres.

    Source: Pavllo et al., CVPR 2019, section 4 (bone length loss).
    """
    return (lengths(labelled).mean((0, 1)) - lengths(unlabelled).mean((0, 1))).abs()


@in_full_precision
def weighted_distance(predicted: Tensor, true: Tensor) -> Tensor:
    """(..., 3) twice to (...): distance from the true position, divided by its true depth; its mean is WMPJPE.

    Source: Pavllo et al., CVPR 2019, section 4, equation of the trajectory model.
    """
    return distance(predicted, true) / true[..., 2].clamp_min(_NEAR)


@in_full_precision
def reprojection(predicted: Tensor, rays: Tensor) -> Tensor:
    """Distance of projected joints from the keypoints in the image.

    Args:
        predicted: (..., J, 3) joints in the camera frame, metres.
        rays: (..., J, 2) keypoints as tangents (x/z, y/z).

    Returns:
        (..., J) distances as tangents. Projected joints are clamped to -1..1, so that one joint beside the camera does
        not dominate the mean.

    Source: Pavllo et al., CVPR 2019, section 4.
    """
    in_front = torch.cat([predicted[..., :2], predicted[..., 2:].clamp_min(_NEAR)], -1)
    return distance(project(in_front, 1.0, 0.0).clamp(-1, 1), rays)


@in_full_precision
def movement(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of every movement, with its positives weighted.

    Args:
        logits: (..., M) logits.
        labels: (..., M) labels, 0 or 1.
        weight: (M,) weight of the positives of each movement.

    Returns:
        (..., M) cross-entropies in nats.

    Source: Hu & Ahuja, ICCV 2021, section 2.3 (binary cross-entropy per body part).
    """
    return binary_cross_entropy_with_logits(logits, labels, pos_weight=weight, reduction="none")


@in_full_precision
def heatmap(share: Tensor, at: Tensor) -> Tensor:
    """Cross-entropy between a heatmap's marginal and a narrow Gaussian at the true position, in nats.

    Args:
        share: (..., N) probabilities of cells that cover -1 to 1; they sum to 1.
        at: (...) true position.

    Returns:
        (...) cross-entropies; the smallest value is the Gaussian's own entropy, not 0.
    """
    cells = share.shape[-1]
    target = torch.softmax(-((pixels(cells, share) - at[..., None]) * cells / _SIGMA).square() / 2, -1)
    return -(target * (share + 1e-6).log()).sum(-1)


@in_full_precision
def heatmap2d(heat: Tensor, at: Tensor) -> Tensor:
    """Cross-entropy between a heatmap and a narrow Gaussian at the true position, in nats.

    Args:
        heat: (..., H, W) log-probabilities of cells that cover -1 to 1 along x and y.
        at: (..., 2) true position.

    Returns:
        (...) cross-entropies; the smallest value is the Gaussian's own entropy, not 0.
    """
    across, down = (
        torch.softmax(-((pixels(cells, heat) - at[..., axis, None]) * cells / _SIGMA).square() / 2, -1)
        for axis, cells in ((0, heat.shape[-1]), (1, heat.shape[-2]))
    )
    return -((heat * across[..., None, :]).sum(-1) * down).sum(-1)


_SIGMA = 1.2  # half cells, chosen: standard deviation of the target Gaussian


@in_full_precision
def mean_where(values: Tensor, counted: Tensor) -> Tensor:
    """Mean of the values (...) where ``counted``, broadcast to their shape, is true; 0 where it never is."""
    chosen = counted.expand_as(values).to(values.dtype)
    return (values * chosen).sum() / chosen.sum().clamp_min(1.0)


@in_full_precision
def mask(drawn: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """Mean square of the weighted difference between a drawn mask and the true one.

    Args:
        drawn: (..., H, W) drawn mask, 0 to 1.
        true: (..., H, W) true mask, 0 to 1.
        weight: (..., H, W) weight G of every pixel, which is squared too.

    Returns:
        (...) means over pixels of (G d)^2.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equations 7 and 9.
    """
    return (weight * (true - drawn)).square().mean((-2, -1))


@in_full_precision
def symmetry(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (...): mean difference between the bones of both sides, as a share of the mean bone."""
    length = lengths(pose)
    children = [child for _, child in H36M17.bones]
    left = [children.index(c) for c in H36M17.left]
    right = [children.index(c) for c in H36M17.right]
    mean = length.mean(-1).detach().clamp_min(1e-6)
    return (length[..., left] - length[..., right]).abs().mean(-1) / mean


@in_full_precision
def backward_bend(pose: Tensor) -> Tensor:
    """How far the knees bend backwards and the nose points backwards.

    Anatomy tells left from right without a label: the forward direction follows from left and up.

    Args:
        pose: (..., 17, 3) in any right-handed frame.

    Returns:
        (..., 3) distance of each knee behind the line from hip to ankle, and of the nose behind the line from thorax to
        head, as a share of the line's length; 0 for joints in front of it.
    """
    at = {joint: pose[..., column, :] for column, joint in enumerate(H36M17.joints)}
    hips = part_frame(at["right_hip"] - at["left_hip"], at["spine"] - at["pelvis"])[..., 2, :]
    chest = part_frame(at["right_shoulder"] - at["left_shoulder"], at["thorax"] - at["spine"])[..., 2, :]
    lines = [(hips, *(at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))) for side in ("left", "right")]
    behind = []
    for forward, start, middle, stop in [*lines, (chest, at["thorax"], at["nose"], at["head"])]:
        line = stop - start
        length = line.norm(dim=-1).clamp_min(1e-6)
        along = ((middle - start) * line).sum(-1) / length.square()
        off = middle - start - along[..., None] * line
        behind.append((-(off * forward).sum(-1) / length).clamp_min(0))
    return torch.stack(behind, -1)
