"""Bodies fitted to the masks of a moment's views: a pose from masks and calibrated cameras before any net knows one.

A jointed body of the template's proportions is fitted to all views at once, so that one heading holds in all of them.
It is not known: bodies of several headings are fitted, trunk and legs first, and the one that fits best goes on. Then
the arms, from several poses of them. At the end all moments of a clip share the lengths of the bones. No joint of a
picture is used, and no picture but its mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from dance3d import losses
from dance3d.geometry.body_frame_torch import part_frame, unit
from dance3d.geometry.triangulation_torch import triangulate
from dance3d.masks import lines
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.jointed_body import BONE, KINDS, TOES, Directions, joints, lengths, unit_bones, upright

HEADINGS = 8
"""Chosen: headings that are tried, evenly around."""
_KEPT = 2  # chosen: headings that go on to the arms
_ARMS = ((1.0, 0.0), (0.4, 1.0))  # chosen: arms as found, and so far aside and up
_STEPS = (16, 16, 24, 40)  # chosen: of trunk and legs, of all with each heading, of the arms, of the clip's lengths
_RATE = 0.06  # chosen
_POINTS = 48  # chosen: random pixels of every mask
_PLACES = (0.125, 0.375, 0.625, 0.875, 1.0)  # where lines are compared with the mask
_REACH = (0.25, 0.15, 0.12, 0.1)  # chosen, halves of the picture: distances that count half, by the steps above
_GEODESIC = 1.5  # chosen: how much more the pixel furthest from the middle counts
_STATURE, _SPREAD, _PROPORTION = 1.7, 0.1, 0.08  # metres; chosen: deviations of the logarithms
_BEND, _POSTURE, _LENGTH = 0.3, 0.1, 0.02  # chosen: weights beside the masks' distances
_LEAST = 20  # chosen: pixels of a mask that is looked at
_NEAR = 0.1  # chosen, metres: least depth


class _Drawn(NamedTuple):
    """Ends (L, 2) of a body's lines, feet among them, and their widths (L,)."""

    pairs: Tensor
    width: Tensor


def _drawn(arms: bool) -> _Drawn:
    body = lines(arms)
    feet = [(H36M17.index(ankle), toe) for ankle, toe in TOES.items()]
    return _Drawn(torch.tensor([*body.pairs, *feet]), torch.tensor([*body.sigma, *[min(lines().sigma)] * len(feet)]))


class FittedBodies(NamedTuple):
    """Bodies of N moments.

    Attributes:
        world: (N, 17, 3) metres.
        misfit: (N,) mean over views of how far masks and body lie apart, 0 to 2; infinite without a usable view.
    """

    world: Tensor
    misfit: Tensor


class _Seen(NamedTuple):
    """What the views of B bodies show.

    Attributes:
        extrinsics, half: of the cameras, as in ``Scenes``.
        points: (B, V, P, 2) random pixels of the mask, -1 to 1.
        weight: (B, V, P) of the pixels.
        outside: (B, V, S, S) distance to the mask, halves of the picture.
        counted: (B, V) 1 where there is a mask, else 0.
    """

    extrinsics: Tensor
    half: Tensor
    points: Tensor
    weight: Tensor
    outside: Tensor
    counted: Tensor

    def of(self, rows: Tensor) -> _Seen:
        """The views of some moments."""
        return _Seen(*(part[rows] for part in self))


def fit_bodies(scenes: Scenes, clip: Tensor, seed: int = 0) -> FittedBodies:
    """Fit a body to every moment.

    Args:
        scenes: N moments with distance maps; their pictures and truth are not looked at.
        clip: (N,) number of the clip of each; the moments of a clip share the lengths of the bones.
        seed: of the random pixels.
    """
    seen = _observe(scenes, torch.Generator().manual_seed(seed))
    count = len(clip)
    each = torch.arange(count)
    own: _Lengths = lambda sizes: lengths(sizes[0].exp())  # noqa: E731
    shared: _Lengths = lambda sizes: lengths(sizes[0].exp()[clip], sizes[1].exp()[clip])  # noqa: E731
    pose, stature = _by_heading(seen)
    rows = each.repeat_interleave(HEADINGS)
    trunk = _fit(pose, [stature], seen.of(rows), 0, own, arms=False)
    found = _fit(trunk.pose, trunk.sizes, seen.of(rows), 1, own)
    best = found.cost.view(count, HEADINGS).topk(_KEPT, 1, largest=False).indices + each[:, None] * HEADINGS
    ways = 1 + len(_ARMS)
    stature = found.sizes[0][best.flatten()].repeat_interleave(ways)
    pose = _with_arms(found.at(best.flatten()))
    found = _fit(pose, [stature], seen.of(each.repeat_interleave(_KEPT * ways)), 2, own)
    chosen = found.cost.view(count, _KEPT * ways).argmin(1) + each * _KEPT * ways
    names, clip = torch.unique(clip, return_inverse=True)
    stature = torch.stack([found.sizes[0][chosen][clip == n].median() for n in range(len(names))])
    last = _fit(found.at(chosen), [stature, torch.zeros(len(names), KINDS)], seen, 3, shared)
    misfit = torch.where(seen.counted.sum(1) > 0, last.misfit, torch.inf)
    return FittedBodies(last.body[:, : len(H36M17.joints)], misfit)


_Lengths = Callable[[list[Tensor]], Tensor]
"""Lengths (B, 16) of the bones from the logarithms of sizes."""


class _Fit(NamedTuple):
    """Result of an optimisation: pose and logarithms of sizes, joints (B, 19, 3), and costs (B,)."""

    pose: Directions
    sizes: list[Tensor]
    body: Tensor
    cost: Tensor
    misfit: Tensor

    def at(self, rows: Tensor) -> Directions:
        """Poses of some bodies."""
        return Directions(*(part[rows] for part in self.pose))


def _fit(
    pose: Directions,
    sizes: list[Tensor],
    seen: _Seen,
    stage: int,
    length_of: _Lengths,
    arms: bool = True,
) -> _Fit:
    """Adam on poses and sizes, with a rate that falls by a cosine.

    Args:
        pose: to begin with.
        sizes: logarithms of statures, and of factors of the kinds of bones.
        seen: what the views show.
        stage: number of the stage: of its steps and its reach.
        length_of: lengths of the bones from the sizes.
        arms: whether arms are fitted.
    """
    pose = Directions(*(part.detach().clone().requires_grad_() for part in pose))
    sizes = [part.detach().clone().requires_grad_() for part in sizes]
    rate = _RATE if stage < len(_STEPS) - 1 else _RATE / 2
    adam = torch.optim.Adam(
        [
            {"params": [pose.bones], "lr": rate},
            {"params": [pose.root], "lr": rate / 2},
            {"params": sizes, "lr": rate / 3},
        ]
    )
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, _STEPS[stage], rate / 10)
    for _ in range(_STEPS[stage]):
        body = joints(pose, length_of(sizes))
        misfit = _misfit(body, seen, _REACH[stage], arms)
        adam.zero_grad()
        loss = (misfit + _unlikely(pose, body)).sum() + _LENGTH * _deviation(sizes)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        falling.step()
    with torch.no_grad():
        body = joints(pose, length_of(sizes))
        misfit = _misfit(body, seen, _REACH[stage])
        cost = misfit + _unlikely(pose, body)
    pose = Directions(*(part.detach() for part in pose))
    return _Fit(pose, [part.detach() for part in sizes], body, cost, misfit)


def _deviation(sizes: list[Tensor]) -> Tensor:
    stature, *kinds = sizes
    total = ((stature - math.log(_STATURE)) / _SPREAD).square().sum()
    return total + sum(((part / _PROPORTION).square().sum() for part in kinds), torch.zeros(()))


def _observe(scenes: Scenes, generator: torch.Generator) -> _Seen:
    """Random pixels of the masks, which weigh more far from the middle, and distances outside."""
    inside = scenes.mask > 0
    size, (count, views) = inside.shape[-1], inside.shape[:2]
    chosen = torch.multinomial(inside.flatten(2).flatten(0, 1) + 1e-9, _POINTS, True, generator=generator)
    chosen = chosen.view(count, views, _POINTS)
    points = (2 * torch.stack([chosen % size, chosen // size], -1) + 1) / size - 1
    far = torch.where(inside, scenes.distance, 0).flatten(2)
    share = far.gather(2, chosen) / far.amax(-1, keepdim=True).clamp_min(1)
    return _Seen(
        scenes.extrinsics,
        scenes.half,
        points,
        1 + _GEODESIC * share,
        torch.where(inside, 0, scenes.distance) * (2 / size),
        (scenes.valid & (inside.flatten(2).sum(-1) >= _LEAST)).float(),
    )


def _by_heading(seen: _Seen) -> tuple[Directions, Tensor]:
    """Standing bodies of all headings, where the masks' middles meet, as upright as the cameras; log of the stature."""
    middle = seen.points.mean(2) * seen.half[..., None]
    root, _ = triangulate(middle[:, :, None], seen.extrinsics, seen.counted[..., None])
    up = unit(-(seen.extrinsics[..., 1, :3] * seen.counted[..., None]).sum(1))
    north = unit(seen.extrinsics[:, 0, 2, :3])
    north = unit(north - (north * up).sum(-1, keepdim=True) * up)
    east = torch.linalg.cross(north, up)
    frames = []
    for number in range(HEADINGS):
        angle = 2 * math.pi * number / HEADINGS
        ahead = math.cos(angle) * north + math.sin(angle) * east
        frames.append(torch.stack([torch.linalg.cross(ahead, up), up, ahead], -2))
    bones = upright(torch.stack(frames, 1)).flatten(0, 1)
    root = root[:, 0].repeat_interleave(HEADINGS, 0)
    return Directions(root, bones), torch.full((len(root),), math.log(_STATURE))


def _with_arms(pose: Directions) -> Directions:
    """Every body with its arms as they are, and with those of ``_ARMS``."""
    aside, up, ahead = part_frame(pose.bones[:, BONE["right_shoulder"]], pose.bones[:, BONE["thorax"]]).unbind(1)
    bodies = [pose.bones]
    for out, raised in _ARMS:
        bones = pose.bones.clone()
        for side, sign in (("right", 1), ("left", -1)):
            arm = unit(sign * out * aside + raised * up + 0.1 * ahead)
            bones[:, BONE[f"{side}_elbow"]] = bones[:, BONE[f"{side}_wrist"]] = arm
        bodies.append(bones)
    return Directions(pose.root.repeat_interleave(len(bodies), 0), torch.stack(bodies, 1).flatten(0, 1))


def _misfit(body: Tensor, seen: _Seen, reach: float, arms: bool = True) -> Tensor:
    """(B,) how far the masks' pixels lie from the body's lines, and these from the masks, mean over the views."""
    local = body[:, None] @ seen.extrinsics[..., :3].transpose(-1, -2) + seen.extrinsics[..., None, :, 3]
    flat = local[..., :2] / local[..., 2:].clamp_min(_NEAR) / seen.half[..., None, None]
    pairs, width = _drawn(arms)
    one, other = flat[:, :, pairs[:, 0]], flat[:, :, pairs[:, 1]]  # (B, V, L, 2)
    nearest = _nearest_line(seen.points, one.detach(), other.detach(), width)
    pick = nearest[..., None].expand(-1, -1, -1, 2)
    start, way = one.gather(2, pick), (other - one).gather(2, pick)
    along = ((seen.points - start) * way).sum(-1) / way.square().sum(-1).clamp_min(1e-6)
    off = (seen.points - start - along.clamp(0, 1)[..., None] * way).square().sum(-1).clamp_min(1e-9).sqrt()
    missed = _robust((off - width[nearest]).clamp_min(0), reach)
    missed = (missed * seen.weight).sum(-1) / seen.weight.sum(-1)
    place = flat.new_tensor(_PLACES)[:, None]
    drawn = (one[:, :, :, None] + place * (other - one)[:, :, :, None]).flatten(2, 3)
    beyond = grid_sample(
        seen.outside.flatten(0, 1)[:, None], drawn.flatten(0, 1)[:, None], padding_mode="border", align_corners=False
    ).view(drawn.shape[:-1])
    apart = missed + _robust(beyond, reach).mean(-1)
    return (apart * seen.counted).sum(1) / seen.counted.sum(1).clamp_min(1)


@torch.no_grad()
def _nearest_line(points: Tensor, one: Tensor, other: Tensor, width: Tensor) -> Tensor:
    """(B, V, P) number of the line whose edge is nearest to a point."""
    way = other - one
    square = way.square().sum(-1).clamp_min(1e-6)[:, :, None]
    along = (points @ way.transpose(-1, -2)).sub_((one * way).sum(-1)[:, :, None])
    share = (along / square).clamp_(0, 1)
    apart = points.square().sum(-1)[..., None] + one.square().sum(-1)[:, :, None]
    apart = apart.sub_(2 * (points @ one.transpose(-1, -2))).add_(share * (share * square).sub_(2 * along))
    return apart.clamp_min_(0).sqrt_().sub_(width).argmin(-1)


def _robust(distance: Tensor, reach: float) -> Tensor:
    """0 to 1: distances much above ``reach`` count no more."""
    square = distance.square()
    return square / (square + reach**2)


def _unlikely(pose: Directions, body: Tensor) -> Tensor:
    """(B,) cost of knees and noses that point backwards, and of trunks and necks that no person can have."""
    bones = unit_bones(pose)
    hip, shoulder = bones[:, BONE["right_hip"]], bones[:, BONE["right_shoulder"]]
    loin, chest = bones[:, BONE["spine"]], bones[:, BONE["thorax"]]
    neck, head = bones[:, BONE["nose"]], bones[:, BONE["head"]]
    posture = (hip * loin).sum(-1).square() + (shoulder * chest).sum(-1).square()
    for one, other, least in ((hip, shoulder, 0.5), (loin, chest, 0.5), (chest, neck, 0.6), (neck, head, 0.7)):
        posture = posture + (least - (one * other).sum(-1)).clamp_min(0)
    return _BEND * losses.backward_bend(body[:, : len(H36M17.joints)]).sum(-1) + _POSTURE * posture
