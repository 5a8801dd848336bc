"""Minimisation of many independent energies at once: L-BFGS for every row, with a preconditioner of time and body."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.energy import Energy, incidence
from dance3d.stages.lift.optimisation.joint_limits import BONES

# Chosen:
_MEMORY = 6  # steps that L-BFGS stores
_LONG = 600  # frames up to which the cosine transform is a matrix product
_UP_LIMITS = 5.0  # of the limits' weights, those of gravity that hold at a time
_ZOOM = 2.0  # square metres that all bones change by when a lens doubles
_STOP = 5  # steps over which the gain is measured


class Scaling:
    """Approximate inverse of the energy's Hessian: bones couple joints, accelerations couple frames.

    It is the inverse of A x I + S x D'D, with A the bones' springs between joints, S the joints' stiffness over time
    and D the second difference. A generalised eigenproblem makes A and S diagonal; the cosine transform does so for
    D'D, but for its ends. Applying the inverse is then a few matrix products. Long clips compute the transform with the
    FFT.

    Args:
        energy: to precondition.
        x: (K, 3, J, T) variables around which to linearise; the mean over rows is used.
    """

    def __init__(self, energy: Energy, x: Tensor) -> None:
        frames = x.shape[-1]
        waves = np.pi / frames * np.arange(frames)
        bending = (2 - 2 * np.cos(waves)) ** 2
        self.basis = None
        if frames <= _LONG:
            basis = np.cos((np.arange(frames) + 0.5)[:, None] * waves) * np.sqrt(2 / frames)
            basis[:, 0] /= np.sqrt(2)
            self.basis = torch.from_numpy(basis).to(x)
        else:
            bending = np.append(bending, 16.0)
        across, along = self._springs(energy, x)
        stiff = 2 * energy.stiffness.mean(0).flatten().double().cpu().numpy()
        self.camera = self._camera(energy, frames).to(x)
        self.body, self.divide = [], []
        for matrix in (across, along):
            values, vectors = scipy.linalg.eigh(matrix, np.diag(stiff))
            self.body.append(torch.from_numpy(vectors).to(x))
            self.divide.append(torch.from_numpy(1 / (values[:, None] + bending)).to(x))

    @staticmethod
    def _springs(energy: Energy, x: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Second derivatives (J, J) by the offsets and by the depths, from how far bones point in depth on average."""
        bones = incidence()[: len(BONES)].to(x) @ energy.joints(x)
        squared = bones.square().mean((0, 3)).double().cpu().numpy()  # (3, 16)
        share = squared / np.maximum(squared.sum(0), 1e-9)
        spring = 2 * energy.terms.bone**-2
        gather = incidence()[: len(BONES)].numpy()
        near = 2 * energy.terms.start**-2 if energy.start is not None else 0.0
        trust = 2 * energy.trust.mean((0, 2)).double().cpu().numpy() + near + 1e-3 * spring
        across = np.diag(trust) + gather.T @ (gather * (spring * share[:2].mean(0))[:, None])
        scale = spring * float((share[:2].sum(0) ** 2 * squared.sum(0)).mean()) / float(energy.depth.square().mean())
        along = np.eye(len(trust)) * (near + scale) + gather.T @ (gather * (spring * share[2])[:, None])
        pelvis = H36M17.index("pelvis")
        along[pelvis, pelvis] += 2 / (energy.terms.distance * float(energy.distance.mean())) ** 2
        return across, along

    @staticmethod
    def _camera(energy: Energy, frames: int) -> Tensor:
        """(3, 1, 1) frames over the second derivatives by tilt, roll and focal length, summed over the clip."""
        turns = _UP_LIMITS * energy.terms.limits
        size = _ZOOM * (
            energy.terms.bone**-2 + energy.terms.start**-2 if energy.start is not None else energy.terms.bone**-2
        )
        steep = 2 * torch.tensor([turns, turns, size + energy.terms.distance**-2])
        return (frames / (steep * frames + 2 * energy.doubt.cpu()))[:, None, None]

    def __call__(self, gradient: Tensor) -> Tensor:
        """(K, 3, J + 1, T) to the same."""
        gradient, camera = gradient[:, :, :-1], gradient[:, :, -1:] * self.camera
        parts = []
        for part, body, divide in zip((gradient[:, :2], gradient[:, 2:]), self.body, self.divide, strict=True):
            waves = self._over_time(body.T @ part)
            parts.append(body @ self._back(waves * divide, part.shape[-1]))
        return torch.cat([torch.cat(parts, 1), camera], 2)

    def _over_time(self, x: Tensor) -> Tensor:
        """Cosine waves of the last axis; a sequence followed by its mirror image has no others."""
        return torch.fft.rfft(torch.cat([x, x.flip(-1)], -1)) if self.basis is None else x @ self.basis

    def _back(self, waves: Tensor, frames: int) -> Tensor:
        return torch.fft.irfft(waves, n=2 * frames)[..., :frames] if self.basis is None else waves @ self.basis.T


def descend(
    energy: Callable[[Tensor], tuple[Tensor, Tensor]],
    x: Tensor,
    scaling: Callable[[Tensor], Tensor],
    steps: int,
    tolerance: float,
) -> tuple[Tensor, Tensor]:
    """Minimise every row's energy, summed over frames.

    Args:
        energy: of (K, 3, J, T) gives (K, T) and the gradient of its sum.
        x: where to start.
        scaling: of gradients.
        steps: at most.
        tolerance: stop when no row's energy fell by this share of it over the last steps.

    Returns:
        (K, 3, J, T) and the (K, T) energy there.

    Source: Nocedal & Wright, Numerical Optimization, algorithm 7.4, with one step length per row.
    """
    frames, gradient = energy(x)
    total = frames.sum(1)
    pairs: list[tuple[Tensor, Tensor, Tensor]] = []
    length, history = torch.ones_like(total), [total]
    direction = _newton(gradient, pairs, scaling)
    for _ in range(steps):
        trial = torch.addcmul(x, direction, length[:, None, None, None], value=-1)
        tried, slope = energy(trial)
        sums = tried.sum(1)
        better = sums < total
        if bool(better.all()):
            step, change, x, gradient, frames, total = trial - x, slope - gradient, trial, slope, tried, sums
        else:  # rows that would climb stay and try a shorter step
            keep = better[:, None, None, None]
            step, change = torch.where(keep, trial - x, 0.0), torch.where(keep, slope - gradient, 0.0)
            x, gradient = x + step, gradient + change
            frames, total = torch.where(better[:, None], tried, frames), torch.where(better, sums, total)
        curved = _dot(step, change)
        pairs = [*pairs[1 - _MEMORY :], (step, change, torch.where(curved > 1e-12, 1 / curved.clamp_min(1e-12), 0.0))]
        direction = _newton(gradient, pairs, scaling)
        length = torch.where(better, torch.ones_like(length), length / 4)
        history.append(total)
        if len(history) > _STOP and bool((history[-1 - _STOP] - total <= tolerance * total).all()):
            break
    return x, frames


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """(K,) inner products of (K, ...)."""
    return torch.bmm(a.flatten(1)[:, None], b.flatten(1)[:, :, None])[:, 0, 0]


def _newton(
    gradient: Tensor, pairs: list[tuple[Tensor, Tensor, Tensor]], scaling: Callable[[Tensor], Tensor]
) -> Tensor:
    """The two loops of L-BFGS; pairs of rows that did not move have weight 0."""
    q, weights = gradient.clone(), []
    for step, change, inverse in reversed(pairs):
        weights.append((inverse * _dot(step, q))[:, None, None, None])
        q.addcmul_(change, weights[-1], value=-1)
    q = scaling(q)
    for (step, change, inverse), weight in zip(pairs, reversed(weights), strict=True):
        q.addcmul_(step, weight - (inverse * _dot(change, q))[:, None, None, None])
    return q
