"""Scores that use the truth to align the prediction, for comparison with published figures only.

Each name says what is forgiven. The strict scores of the same poses are in ``pose``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.pose import PoseError, length
from dance3d.skeleton import H36M17


class FlipAllowedMPJPE(PoseError):
    """MPJPE, millimetres, with left and right of the whole pose exchanged where that is nearer to the truth.

    Source: Yang et al., Mask as Supervision, ECCV 2024, table 1, the row that does not count reversal.
    """

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        own, other = length(predicted - true), length(predicted[..., H36M17.swap, :] - true)
        return torch.where(other.mean(-1, keepdim=True) < own.mean(-1, keepdim=True), other, own)


class PairsSwappedMPJPE(PoseError):
    """MPJPE, millimetres, with every left joint and its right partner exchanged where the two then lie nearer.

    Every pair is judged by itself, so that a body may keep its arms and exchange its legs: the score is never above
    that of ``FlipAllowedMPJPE``. The released evaluation of Mask as Supervision's successor (X as Supervision, arXiv
    2411.13026) forgives more yet, in all its figures: it judges every joint by itself, by its place in the picture.
    """

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        own, other = length(predicted - true), length(predicted[..., H36M17.swap, :] - true)
        nearer = other + other[..., H36M17.swap] < own + own[..., H36M17.swap]
        return torch.where(nearer, other, own)


class RegressedOnTruth:
    """Supervised post-processing: the linear map that brings predicted poses nearest to true ones.

    It needs labels, so that what it gives is no longer learnt from masks. Fit it on training frames and score others.

    Args:
        predicted: (N, J, D) poses of training frames.
        true: (N, K, E) what they should have been; other joints and axes are allowed.
        ridge: weight of the squared coefficients, per frame, in units of the predictions' mean square.

    Raises:
        ValueError: not as many poses as truths, none, or a value that is not finite.

    Source: as the "SPP" rows of Yang et al., ECCV 2024, table 1, do, after Suwajanakorn et al., NeurIPS 2018.
    """

    def __init__(self, predicted: Tensor, true: Tensor, ridge: float = 1e-6) -> None:
        if predicted.ndim != 3 or true.ndim != 3 or len(predicted) != len(true) or not len(true):
            shapes = f"{tuple(predicted.shape)} and {tuple(true.shape)}"
            raise ValueError(f"poses have shapes {shapes}, expected (N, J, D) and (N, K, E), N above 0")
        if not (predicted.isfinite().all() and true.isfinite().all()):
            raise ValueError("poses to fit on hold values that are not finite")
        self.shape = true.shape[1:]
        given, wanted = exact(predicted).flatten(1), exact(true).flatten(1)
        self.middle, self.aim = given.mean(0), wanted.mean(0)
        given, wanted = given - self.middle, wanted - self.aim
        power = given.T @ given
        power.diagonal().add_(ridge * len(given) * given.square().mean().clamp_min(1e-12))
        self.matrix = torch.linalg.solve(power, given.T @ wanted)

    def __call__(self, predicted: Tensor) -> Tensor:
        """(..., J, D) to (..., K, E), of the same kind of number."""
        out: Tensor = (exact(predicted).flatten(-2) - self.middle) @ self.matrix + self.aim
        return out.reshape(*predicted.shape[:-2], *self.shape).to(predicted.dtype)
