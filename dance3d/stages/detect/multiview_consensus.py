"""Multi-view consensus: joints triangulated from all views of a moment, which train the net in every view."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.precision import in_full_precision
from dance3d.geometry.triangulation_torch import triangulate
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import net_targets, pose

MOST_VIEWS = 5
"""Chosen: for up to so many views all combinations of swapped sides are tried; further views are added one by one."""
_DOUBT = 0.01  # chosen, squared halves of a picture: added to every joint's variance
_CONTRADICTED = 0.002  # chosen, mean residual (tangent) per view with swapped sides, so that the majority decides
_BACKWARDS = 0.05  # chosen, mean residual (tangent) for a knee or nose that points backwards by its limb's length

_NEAR = 0.1  # chosen, metres: least depth, so that tangents stay finite


class Consensus(NamedTuple):
    """Consensus of V views on the joints of N moments.

    Attributes:
        world: (N, 17, 3) metres.
        per_view: (N, V, 17, 3) the same as targets of the net in every view.
        swapped: (N, V) true where the prediction of a view has left and right swapped.
        determined: (N, 17) true where two or more views determine the joint.
        residual: (N, 17) mean distance of the views from the consensus, halves of the picture.
    """

    world: Tensor
    per_view: Tensor
    swapped: Tensor
    determined: Tensor
    residual: Tensor


@in_full_precision
def reach_consensus(
    xyz: Tensor, spread: Tensor, half: Tensor, extrinsics: Tensor, valid: Tensor, sides: bool = True
) -> Consensus:
    """Triangulate the predictions of all views of a moment.

    Args:
        xyz: (N, V, 17, 3) outputs of the net.
        spread: (N, V, 17) their standard deviation.
        half: (N, V) tangent of half the crop's angle.
        extrinsics: (N, V, 3, 4) world to camera, metres.
        valid: (N, V) false for views to ignore.
        sides: also find views with left and right swapped: the combination with the smallest residual, where knees that
            bend backwards and swapped views add to the cost.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equation 10; the decision on sides is ours.
    """
    rays = xyz[..., :2] * half[..., None, None]
    trust = valid[..., None] / (spread.detach().square() + _DOUBT)
    swapped = torch.zeros_like(valid)
    if sides and valid.shape[1] > 1:
        swapped = _swapped_views(rays.detach(), trust, extrinsics, valid)
        rays = torch.where(swapped[..., None, None], rays[:, :, H36M17.swap], rays)
        trust = torch.where(swapped[..., None], trust[:, :, H36M17.swap], trust)
    world, determined = triangulate(rays, extrinsics, trust)
    per_view = net_targets(world[:, None], extrinsics, half)
    distances = (per_view[..., :2] - rays / half[..., None, None]).norm(dim=-1)
    residual = (distances * valid[..., None]).sum(1) / valid.sum(1, keepdim=True).clamp_min(1)
    return Consensus(world, per_view, swapped, determined, residual.detach())


@torch.no_grad()
def _swapped_views(rays: Tensor, trust: Tensor, extrinsics: Tensor, valid: Tensor) -> Tensor:
    """(N, V) views to swap: all combinations of the first views, then each further view both ways."""
    first, views = min(valid.shape[1], MOST_VIEWS), valid.shape[1]
    choices = torch.tensor(list(product((False, True), repeat=first)), device=valid.device)
    candidates = (choices[:, None] & valid[:, :first]).expand(-1, len(valid), -1)  # (W, N, V)
    swapped = _least_cost(candidates, rays, trust, extrinsics)
    for view in range(first, views):
        one = torch.zeros_like(swapped[:, :1])
        candidates = torch.stack([torch.cat([swapped, last], 1) for last in (one, valid[:, view : view + 1])])
        swapped = _least_cost(candidates, rays, trust, extrinsics)
    return swapped


def _least_cost(swapped: Tensor, rays: Tensor, trust: Tensor, extrinsics: Tensor) -> Tensor:
    """(N, V) of (W, N, V) combinations the one of the least cost; only the first V views count."""
    views = swapped.shape[2]
    rays, trust, extrinsics = (one[:, :views] for one in (rays, trust, extrinsics))
    chosen_rays = torch.where(swapped[..., None, None], rays[:, :, H36M17.swap], rays)
    weight = torch.where(swapped[..., None], trust[:, :, H36M17.swap], trust)
    world, _ = triangulate(chosen_rays, extrinsics.expand(len(swapped), *extrinsics.shape), weight)
    local = world[:, :, None] @ extrinsics[..., :3].transpose(-1, -2) + extrinsics[..., None, :, 3]
    residual = (local[..., :2] / local[..., 2:].clamp_min(_NEAR) - chosen_rays).norm(dim=-1)
    share = weight / weight.sum((-2, -1), keepdim=True).clamp_min(1e-9)
    cost = (residual * share).sum((-2, -1)) + _CONTRADICTED * swapped.sum(-1)
    cost = cost + _BACKWARDS * losses.backward_bend(world).sum(-1)
    best = cost.argmin(0)
    return swapped[best, torch.arange(len(best), device=best.device)]


@in_full_precision
def body_lengths(xyz: Tensor, agreed: Consensus, half: Tensor, extrinsics: Tensor, valid: Tensor) -> Tensor:
    """Length of all bones of each body as single views predict it, scaled by the triangulated distance.

    An uncertain net predicts too short bones; so this length, not that of the triangulated bones, gives the distance of
    a single view's prediction.

    Args:
        xyz: (N, V, 17, 3) outputs of the net.
        agreed: the consensus of the views.
        half: (N, V) tangent of half the crop's angle.
        extrinsics: (N, V, 3, 4) world to camera, metres.
        valid: (N, V) false for views to ignore.

    Returns:
        (K,) metres, of the K views whose moment has all joints determined.
    """
    pelvis = agreed.world[:, None, H36M17.index("pelvis")]
    depth = (extrinsics[..., 2, :3] * pelvis).sum(-1) + extrinsics[..., 2, 3]
    total = total_length(pose(xyz, half))
    metres: Tensor = depth * total
    return metres[valid & agreed.determined.all(-1, keepdim=True) & (depth > 0)]


def total_length(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (...): length of all bones together."""
    return losses.lengths(pose).sum(-1)
