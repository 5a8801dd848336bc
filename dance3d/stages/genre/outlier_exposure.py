"""Outlier exposure: windows of no class, real ones and some that are made of windows of the classes.

Legs of one dance under the arms of another, a dance that stands still or is much slower, or one that moves around the
mean posture of another. The net learns to give all classes equal probability for them.

Source: Hendrycks et al., Deep Anomaly Detection with Outlier Exposure, ICLR 2019, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dance3d.movement_types import MOVEMENTS
from dance3d.skeleton import PARTS
from dance3d.stages.genre.features import BLOCKS, JOINTS, MOVES, TURN, WIDTH

_SLOWED = 3  # times, chosen
_LEAST = 0.25  # chosen: least share of a window with a person


def _lower() -> Tensor:
    """(WIDTH,) true in the columns of hips and legs."""
    legs = {part for part in PARTS if part.endswith(("hips", "leg", "knee", "foot"))}
    joints = {joint for joint in JOINTS if joint.endswith(("hip", "knee", "ankle"))}
    lower = torch.zeros(WIDTH, dtype=torch.bool)
    lower[:MOVES] = torch.tensor([movement.part in legs for movement in MOVEMENTS])
    for number, joint in enumerate(JOINTS):
        for first in (MOVES, BLOCKS["pose2d"].start):
            lower[first + 3 * number : first + 3 * number + 3] = joint in joints
    return lower


LOWER = _lower()


def exposed_loss(
    net: nn.Module, values: Tensor, present: Tensor, genre: Tensor, shown: Tensor, smoothing: float, strange: float
) -> Tensor:
    """Cross-entropy of windows of classes, plus that of outliers to equal probabilities.

    Args:
        net: gives logits (B, G) of features and presence.
        values: (B, T, D) features.
        present: (B, T) presence.
        genre: (B,) classes; G for real windows of no class.
        shown: (B, T, D) what the net is shown in place of ``values``.
        smoothing: of the labels, 0..1.
        strange: weight of the outliers; 0 leaves all of them out.
    """
    cross_entropy = nn.functional.cross_entropy
    logits = net(shown, present).float()
    known = genre < logits.shape[-1]
    if not known.any():
        return torch.as_tensor(0 * logits.sum())
    loss = cross_entropy(logits[known], genre[known], label_smoothing=smoothing)
    if strange > 0:
        made = net(*outlier_windows(values[known], present[known], genre[known])).float()
        outliers = torch.cat([made, logits[~known]])
        loss = loss - strange * outliers.log_softmax(-1).mean()
    return torch.as_tensor(loss)


def outlier_windows(values: Tensor, present: Tensor, genre: Tensor, noise: float = 0.05) -> tuple[Tensor, Tensor]:
    """Windows of no class, made of windows of several classes.

    Args:
        values: (B, T, D) features.
        present: (B, T) presence.
        genre: (B,) classes.
        noise: standard deviation of noise added to every step.

    Returns:
        (N, T, D) and (N, T); mixed windows are missing where all windows are of one class.
    """
    other = torch.randperm(len(genre), device=genre.device)
    both = torch.minimum(present, present[other])
    apart = (genre != genre[other]) & (both.mean(1) > _LEAST)
    mixed = torch.where(LOWER.to(genre.device), values, values[other])
    mean = values.mean(1, keepdim=True)
    moved = values - mean + mean[other]
    steps = values.shape[1]
    slow = torch.arange(steps, device=genre.device) // _SLOWED + steps - -(-steps // _SLOWED)
    slowed = values[:, slow].clone()
    slowed[..., TURN] /= _SLOWED
    still = values[:, -1:].expand_as(values)
    kinds = [(mixed[apart], both[apart]), (moved[apart], both[apart])]
    quarter = torch.randperm(len(genre), device=genre.device)[: max(len(genre) // 4, 1)]
    kinds += [(slowed[quarter], present[quarter][:, slow]), (still[quarter], present[quarter, -1:].expand(-1, steps))]
    made, there = (torch.cat(rows) for rows in zip(*kinds, strict=True))
    return made + noise * torch.randn_like(made), there
