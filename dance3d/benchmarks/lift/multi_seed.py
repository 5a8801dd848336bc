"""How long many seeds of a clip take, beside the straightforward way on the same energy in the same run."""

from __future__ import annotations

from time import perf_counter

import torch
from torch import Tensor

from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.energy import Energy
from dance3d.stages.lift.optimisation.joint_limits import BONES, LIMITS, PAIRS, SEGMENTS, UP, segment_lengths
from dance3d.stages.lift.optimisation.multi_seed import STEPS, descend_from
from dance3d.stages.lift.optimisation.problem import Problem, problem
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

REFERENCE_STEPS = 500  # of Adam
_RATE = 0.01  # of Adam: metres, as its steps are about this long
_REPEATS = 3  # of which the fastest counts


def plain_energy(energy: Energy, x: Tensor) -> Tensor:
    """(K, T) the energy as one would write it down, of its variables (K, 3, J + 1, T), for autograd."""
    terms, joints, camera, (up, _) = energy.terms, energy.joints(x), energy.camera(x), energy.upward(x)
    off = x[:, :2, :-1]
    picture = 9 * torch.log1p(off.square().sum(1) * energy.trust / 9)
    total = picture.sum(1)
    second = torch.cat([off + energy.rays * energy.depth, joints[:, 2:]], 1).diff(n=2, dim=-1)
    total = total + torch.nn.functional.pad((second.square() * energy.stiffness).sum((1, 2)), (1, 1))
    total = total + ((joints[:, 2, 0] / energy.distance / camera[:, 2:].exp() - 1) / terms.distance).square()
    total = total + (camera.square() * energy.doubt).sum(-1, keepdim=True) / x.shape[-1]
    flat, around = off + energy.rays * energy.depth, joints - joints[:, :, :1]
    for place, weight in ((flat, terms.smooth_2d), (around, terms.smooth_3d)):
        total = total + weight * torch.nn.functional.pad(place.diff(dim=-1).square().sum((1, 2)), (1, 0))
    bones = joints[:, :, BONES[:, 1]] - joints[:, :, BONES[:, 0]]
    length = (bones.square().sum(1) + 1e-8).sqrt()
    mean = (length.mean(-1) + length.mean(-1)[:, PAIRS]) / 2
    tight, loose = terms.bone**-2, (terms.lengths * energy.lengths).square().reciprocal()
    own = (tight * mean + loose * energy.lengths) / (tight + loose)
    total = total + tight * (length - own[..., None]).square().sum(1)
    total = total + (loose * (own - energy.lengths).square()).sum(1, keepdim=True)
    if energy.start is not None:
        total = total + (joints - joints[:, :, :1] - energy.start).square().sum((1, 2)) / terms.start**2
    scales = segment_lengths(energy.lengths.mean(0).double().cpu().numpy())
    units = {
        name: (joints[:, :, H36M17.index(end)] - joints[:, :, H36M17.index(start)]) / float(scale)
        for (name, (start, end)), scale in zip(SEGMENTS.items(), scales, strict=True)
    }
    units[UP] = up[..., None].expand_as(units["trunk"])
    for limit in LIMITS:
        parts = [units[name] for name in limit.segments]
        left = parts[0] if len(parts) == 2 else torch.linalg.cross(parts[0], parts[1], dim=1)
        missing = (limit.least - limit.sign * (left * parts[-1]).sum(1)).clamp_min(0)
        total = total + terms.limits * limit.weight * missing.square()
    return total


def reference(given: Problem, steps: int = REFERENCE_STEPS) -> Tensor:
    """(K,) energies after autograd and Adam with a falling rate, all seeds in one batch."""
    x = given.x.clone().requires_grad_()
    adam = torch.optim.Adam([x], lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        adam.zero_grad()
        torch.autograd.backward(plain_energy(given.energy, x).sum())
        adam.step()
        schedule.step()
    with torch.no_grad():
        return plain_energy(given.energy, x).mean(1)


def bench_seeds(count: int = 16, frames: int = 300, steps: int = REFERENCE_STEPS) -> dict[str, float]:
    """Time ``lift_seeds``'s optimisation and its reference on a clip of the synthetic dancer.

    Args:
        count: of seeds.
        frames: of the clip.
        steps: of the reference.

    Returns:
        ``speed.seeds.s`` from keypoints to optimised seeds, sign search included, the best of three;
        ``speed.seeds.reference_s`` of the reference from the same start; ``speed.seeds.ratio`` of the two;
        ``speed.seeds.energy`` and ``speed.seeds.reference_energy`` of the best seed of each; and
        ``speed.seeds.left``, the share of the energy that ten times the steps still gain.
    """
    filmed = film([choreograph("salsa", (frames + 5) / 30, 0)])[0].keypoints
    xy, score = filmed.xy[:frames], filmed.score[:frames]
    times, each = [], torch.empty(0)
    for _ in range(_REPEATS):
        start = perf_counter()
        given = problem(xy, score, PROTOCOL_CAMERA, 30.0, count)
        _, each = descend_from(given, STEPS)
        times.append(perf_counter() - start)
    _, long = descend_from(given, 10 * STEPS, tolerance=0.0)
    start = perf_counter()
    other = reference(given, steps)
    reference_s = perf_counter() - start
    energy = float(each.mean(1).min())
    return {
        "speed.seeds.s": round(min(times), 4),
        "speed.seeds.reference_s": round(reference_s, 4),
        "speed.seeds.ratio": round(reference_s / min(times), 2),
        "speed.seeds.energy": round(energy, 3),
        "speed.seeds.reference_energy": round(float(other.min()), 3),
        "speed.seeds.left": round(1 - float(long.mean(1).min()) / energy, 4),
    }
