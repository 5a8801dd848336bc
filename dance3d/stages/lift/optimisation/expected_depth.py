"""The mean of all bodies that explain a clip, and which way its camera is tilted.

The most likely pattern of signs is often wrong; the mean over all of them, each as likely as it is, errs less. It is
exact: one pass forward and one backward over the 16,384 patterns, as the costs of a step are sums over segments. A
detector's error is slow, so that one frame says little that the frame before did not: energies count a sixth.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.stages.lift.optimisation.depth_evidence import DepthEvidence, evidence, offsets
from dance3d.stages.lift.optimisation.depth_signs import SIGNED, SignSearch, body_of, candidates, changes, torso_costs
from dance3d.stages.lift.optimisation.invented_bodies import LIMBS, TORSO
from dance3d.timeseries.resampling import chunks

Floats = NDArray[np.float64]
# Chosen on films of training takes:
_TEMPERATURE = 6.0  # energy that makes a pattern e times less likely
_RATE, _SPARSE = 6.0, 1.5  # patterns per second, for the body and for the tilt
_MOST = 200  # patterns that tell the tilt
_AT_ONCE = 3000  # frames searched together, which bounds memory
_TILTS = np.radians([-6.0, 0.0, 6.0, 12.0, 18.0, 24.0])  # tried, downward
_MEAN, _SPREAD = 8.0, 6.0  # degrees, tilt of cameras
_STOOP = 4.0  # degrees by which invented bodies stand otherwise than people before a camera


def upward(tilt: float, roll: float = 0.0) -> Floats:
    """(3,) unit vector against gravity of a camera that looks down by ``tilt`` radians and is rolled."""
    return np.array([-np.sin(roll) * np.cos(tilt), -np.cos(roll) * np.cos(tilt), -np.sin(tilt)])


def tilt_of(view: SignSearch, fps: float) -> float:
    """Radians by which the clip's camera looks down: the mean of some tilts by their evidence."""
    step = max(1, round(fps / _SPARSE), len(view.rays) // _MOST)
    rows = np.arange(0, len(view.rays), step)
    options = candidates(view)
    log = np.array([forward_backward(*_energies(view, options, rows, step, fps, upward(t))[:2])[1] for t in _TILTS])
    log -= ((np.degrees(_TILTS) + _STOOP - _MEAN) / _SPREAD) ** 2 / 2
    weight = np.exp(log - log.max())
    return float((weight * _TILTS).sum() / weight.sum() + np.radians(_STOOP))


def expected_body(view: SignSearch, fps: float, up: Floats) -> Floats:
    """(T, 17, 3) metres, camera frame: the mean of all bodies by how likely they are.

    Bones whose direction in depth is open are shorter than they are.

    Args:
        view: keypoints and lengths.
        fps: frames per second.
        up: (3,) unit vector against gravity, camera frame.
    """
    options, step = candidates(view), max(1, round(fps / _RATE))
    depth = np.zeros((len(view.rays), len(SIGNED)))
    for first, last in chunks(len(view.rays), _AT_ONCE):
        rows = np.arange(first, last, step)
        costs, between, found = _energies(view, options, rows, step, fps, up)
        likely, _ = forward_backward(costs, between)
        mean = _mean_depth(likely, found)
        at = np.arange(first, last)
        depth[first:last] = np.stack([np.interp(at, rows, column) for column in mean.T], 1)
    return body_of(view, offsets(view).at_depth(depth))


def _energies(
    view: SignSearch, options: Floats, rows: NDArray[np.intp], step: int, fps: float, up: Floats
) -> tuple[list[Tensor], Tensor, DepthEvidence]:
    """Costs of the patterns of some frames, (R, 16, 4) for each limb, and of changes between them; and the evidence."""
    found = evidence(view, options, rows, up)
    costs = [-step * limb for limb in found.limbs]
    costs[0] = costs[0] + step * (torch.from_numpy(torso_costs(options[rows])).float() - found.torso)[..., None]
    return costs, torch.from_numpy(changes(options[rows], step / fps)), found


def _mean_depth(likely: list[Tensor], found: DepthEvidence) -> Floats:
    """(R, 14) metres, depth of every segment, from the probabilities (R, 16, 4) of each limb's patterns."""
    torso = likely[0].sum(-1)
    depth = dict(zip(TORSO, (torso[..., None] * found.torso_depth).sum(1).unbind(-1), strict=True))
    for limb, own, depths in zip(LIMBS, likely, found.limb_depths, strict=True):
        depth |= dict(zip(limb[:2], (own[..., None] * depths).sum((1, 2)).unbind(-1), strict=True))
    return torch.stack([depth[name] for name in SIGNED], -1).double().numpy()


@torch.no_grad()
def forward_backward(costs: list[Tensor], between: Tensor) -> tuple[list[Tensor], float]:
    """Probabilities of the patterns of signs at every frame, given all frames.

    Args:
        costs: (R, 16, 4) for each limb: pattern of the trunk, pattern of the limb.
        between: (R - 1, 14, 2, 2) cost of every segment's step from sign (last axis) to sign.

    Returns:
        (R, 16, 4) for each limb, and the log of the sum over all paths.
    """
    frames, limbs = len(costs[0]), len(costs)
    moves = (-between / _TEMPERATURE).exp()
    bounds = [0, len(TORSO), *(len(TORSO) + 2 * (i + 1) for i in range(limbs))]
    steps = [[_product(move[a:b]) for a, b in pairwise(bounds)] for move in moves]
    likes, log = [], 0.0
    for t in range(frames):
        total = torch.zeros(16, *(4,) * limbs)
        for i, cost in enumerate(costs):
            total = total + cost[t].reshape(16, *(4 if i == j else 1 for j in range(limbs)))
        log -= float(total.min()) / _TEMPERATURE
        likes.append(((total.min() - total) / _TEMPERATURE).exp())
    ahead: list[Tensor] = []
    for t, like in enumerate(likes):
        now = like * _moved(ahead[-1], steps[t - 1]) if t else like
        mass = now.sum().clamp_min(1e-30)
        log += float(mass.log())
        ahead.append(now / mass)
    out = [torch.empty_like(cost) for cost in costs]
    behind = torch.ones_like(likes[0])
    for t in range(frames - 1, -1, -1):
        both = ahead[t] * behind
        both = both / both.sum()
        for i in range(limbs):
            out[i][t] = both.sum([1 + j for j in range(limbs) if j != i])
        if t:
            behind = _moved(behind * likes[t], [step.T for step in steps[t - 1]])
            behind = behind / behind.sum()
    return out, log


def _product(moves: Tensor) -> Tensor:
    """(2^n, 2^n) Kronecker product of (n, 2, 2)."""
    out = moves[0]
    for move in moves[1:]:
        out = torch.kron(out, move)
    return out


def _moved(mass: Tensor, steps: list[Tensor]) -> Tensor:
    """A product of steps, one for each axis, applied to (16, 4, 4, 4, 4, 4)."""
    for axis, step in enumerate(steps):
        mass = torch.tensordot(step, mass, ([1], [axis])).movedim(0, axis)
    return mass
