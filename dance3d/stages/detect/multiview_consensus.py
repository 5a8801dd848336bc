"""What several views of one moment agree on: joints in the world, whose picture in every view the net learns from."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.triangulation_torch import triangulate
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import answers, pose

MOST_VIEWS = 5
"""Views whose sides are all tried both ways; of more, every one is compared with those before."""
_DOUBT = 0.01  # squared halves of a picture, added to every joint's variance
_CONTRADICTED = 0.002  # tangents of mean miss that a view costs whose sides are exchanged, so that the majority wins
_BACKWARDS = 0.05  # tangents of mean miss that a knee or a nose costs that points backwards by the length of its limb


class Agreed(NamedTuple):
    """Joints of N moments of V views.

    Attributes:
        world: (N, 17, 3) metres.
        seen: (N, V, 17, 3) the same as the net should answer in every view.
        turned: (N, V) true where the net's answer has left and right exchanged.
        sure: (N, 17) true where two views or more determine the joint.
        miss: (N, 17) how far views are from what they agree on, halves of the picture.
    """

    world: Tensor
    seen: Tensor
    turned: Tensor
    sure: Tensor
    miss: Tensor


def agree(xyz: Tensor, spread: Tensor, half: Tensor, extrinsics: Tensor, there: Tensor, sides: bool = True) -> Agreed:
    """Triangulate what views show of a moment.

    Args:
        xyz: (N, V, 17, 3) the net's answers.
        spread: (N, V, 17) their doubt.
        half: (N, V) tangent of half the crop's angle.
        extrinsics: (N, V, 3, 4) world to camera, metres.
        there: (N, V) false for views that do not count.
        sides: also find views whose left and right are exchanged: of all ways to take them the one whose views agree
            best, and of those that agree alike the one whose knees bend forward and that contradicts fewest views.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equation 10; the vote on sides is ours.
    """
    rays = xyz[..., :2] * half[..., None, None]
    trust = there[..., None] / (spread.detach().square() + _DOUBT)
    turned = torch.zeros_like(there)
    if sides and there.shape[1] > 1:
        turned = _sides(rays.detach(), trust, extrinsics, there)
        rays = torch.where(turned[..., None, None], rays[:, :, H36M17.swap], rays)
        trust = torch.where(turned[..., None], trust[:, :, H36M17.swap], trust)
    world, sure = triangulate(rays, extrinsics, trust)
    seen = answers(world[:, None], extrinsics, half)
    off = (seen[..., :2] - rays / half[..., None, None]).norm(dim=-1)
    miss = (off * there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp_min(1)
    return Agreed(world, seen, turned, sure, miss.detach())


@torch.no_grad()
def _sides(rays: Tensor, trust: Tensor, extrinsics: Tensor, there: Tensor) -> Tensor:
    """(N, V) which views to exchange: every way of the first views, then each further view both ways."""
    first, views = min(there.shape[1], MOST_VIEWS), there.shape[1]
    ways = torch.tensor(list(product((False, True), repeat=first)), device=there.device)
    tried = (ways[:, None] & there[:, :first]).expand(-1, len(there), -1)  # (W, N, V)
    turned = _best(tried, rays, trust, extrinsics)
    for view in range(first, views):
        one = torch.zeros_like(turned[:, :1])
        tried = torch.stack([torch.cat([turned, last], 1) for last in (one, there[:, view : view + 1])])
        turned = _best(tried, rays, trust, extrinsics)
    return turned


def _best(turned: Tensor, rays: Tensor, trust: Tensor, extrinsics: Tensor) -> Tensor:
    """(N, V) the way, of (W, N, V), that costs least; only the first V views count."""
    views = turned.shape[2]
    rays, trust, extrinsics = (one[:, :views] for one in (rays, trust, extrinsics))
    shown = torch.where(turned[..., None, None], rays[:, :, H36M17.swap], rays)
    weight = torch.where(turned[..., None], trust[:, :, H36M17.swap], trust)
    world, _ = triangulate(shown, extrinsics.expand(len(turned), *extrinsics.shape), weight)
    local = world[:, :, None] @ extrinsics[..., :3].transpose(-1, -2) + extrinsics[..., None, :, 3]
    miss = (local[..., :2] / local[..., 2:].clamp_min(0.1) - shown).norm(dim=-1)
    share = weight / weight.sum((-2, -1), keepdim=True).clamp_min(1e-9)
    cost = (miss * share).sum((-2, -1)) + _CONTRADICTED * turned.sum(-1)
    cost = cost + _BACKWARDS * losses.backward_bend(world).sum(-1)
    best = cost.argmin(0)
    return turned[best, torch.arange(len(best), device=best.device)]


def body(xyz: Tensor, agreed: Agreed, half: Tensor, extrinsics: Tensor, there: Tensor) -> Tensor:
    """(...) metres of all bones of each body, as long as single views show them when the distance is the true one.

    A net that is not certain shortens what it shows; so this, and not the length of the triangulated bones, is what
    turns the size of a single view's answer into its distance.
    """
    pelvis = agreed.world[:, None, H36M17.index("pelvis")]
    depth = (extrinsics[..., 2, :3] * pelvis).sum(-1) + extrinsics[..., 2, 3]
    total = bones(pose(xyz, half))
    metres: Tensor = depth * total
    return metres[there & agreed.sure.all(-1, keepdim=True) & (depth > 0)]


def bones(pose: Tensor) -> Tensor:
    """(..., 17, 3) to (...): length of all bones together."""
    return losses.lengths(pose).sum(-1)
