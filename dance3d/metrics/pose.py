"""Errors of poses: distances in millimetres, means over frames and joints."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.precision import exact, in_full_precision
from dance3d.metrics.exact_metric import Mean


@in_full_precision
def similarity(predicted: Tensor, true: Tensor) -> Tensor:
    """Bring (N, J, 3) ``predicted`` onto ``true`` by scale, rotation without reflection, and translation.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991.
    """
    mean_p, mean_t = predicted.mean(1, keepdim=True), true.mean(1, keepdim=True)
    p, t = predicted - mean_p, true - mean_t
    u, s, vt = torch.linalg.svd(p.transpose(1, 2) @ t)
    sign = torch.linalg.det(u @ vt).sign()
    u = torch.cat([u[..., :-1], u[..., -1:] * sign[:, None, None]], -1)
    s = torch.cat([s[:, :-1], s[:, -1:] * sign[:, None]], -1)
    scale = s.sum(1) / p.square().sum((1, 2)).clamp_min(1e-12)
    out: Tensor = scale[:, None, None] * (p @ (u @ vt)) + mean_t
    return out


def length(vectors: Tensor) -> Tensor:
    """(..., D) to (...)."""
    out: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return out


def check(predicted: Tensor, true: Tensor, dims: tuple[int, ...] = (3,)) -> None:
    """Check that both are sequences of poses.

    Args:
        predicted: (B, T, J, D) poses.
        true: (B, T, J, D) poses.
        dims: allowed values of D.

    Raises:
        ValueError: the shapes differ or are no sequences of poses.
    """
    if predicted.shape != true.shape or predicted.ndim != 4 or predicted.shape[-1] not in dims:
        expected = f"(B, T, J, {' or '.join(map(str, dims))})"
        raise ValueError(f"poses have shapes {tuple(predicted.shape)} and {tuple(true.shape)}, expected {expected}")


def around_root(poses: Tensor) -> Tensor:
    """(..., J, 3) joints around the first, in double precision, so that long sums do not drift."""
    return exact(poses) - exact(poses[..., :1, :])


class PoseError(Mean):
    """Mean over frames and joints of a distance in millimetres, of (B, T, J, 3) poses around joint 0, in metres."""

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add sequences (B, T, J, 3).

        Raises:
            ValueError: the shapes differ or are no sequences of poses.
        """
        check(predicted, true)
        self._add(1000 * self._errors(around_root(predicted), around_root(true)))

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        raise NotImplementedError


class MPJPE(PoseError):
    """Mean per-joint position error, millimetres."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        return length(predicted - true)


class PMPJPE(PoseError):
    """The same after the best similarity transform of every frame."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        poses, truth = predicted.flatten(0, 1), true.flatten(0, 1)
        known = (poses.isfinite() & truth.isfinite()).all(-1).all(-1)[:, None, None]
        aligned = similarity(torch.where(known, poses, 0.0), torch.where(known, truth, 0.0))
        return length(torch.where(known, aligned - truth, torch.nan))


class NMPJPE(PoseError):
    """The same after the best scale of every frame."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        power = predicted.square().sum((-2, -1), keepdim=True).clamp_min(1e-12)
        scale = (predicted * true).sum((-2, -1), keepdim=True) / power
        return length(scale * predicted - true)


class MPJVE(PoseError):
    """Mean per-joint error of the step from frame to frame, millimetres per frame; sequences of one frame have none."""

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        return length(predicted.diff(dim=1) - true.diff(dim=1))


class AccelerationError(PoseError):
    """Mean per-joint error of the second difference over time; sequences of fewer than three frames have none.

    Args:
        fps: frames per second, for millimetres per second²; 1 gives millimetres per frame².

    Source: Kanazawa et al., "Learning 3D human dynamics from video", CVPR 2019, section 5.
    """

    def __init__(self, fps: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not fps > 0:
            raise ValueError(f"fps is {fps}, expected a positive number")
        self.fps = fps

    def _errors(self, predicted: Tensor, true: Tensor) -> Tensor:
        return self.fps**2 * length(predicted.diff(n=2, dim=1) - true.diff(n=2, dim=1))


class WMPJPE(Mean):
    """Mean error of the root's place, in millimetres per metre of its true distance: far people may be off further.

    Source: Pavllo et al., CVPR 2019, section 4 (the trajectory model's loss).
    """

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add paths (B, T, 3), metres, camera frame.

        Raises:
            ValueError: the shapes differ or are no paths.
        """
        if predicted.shape != true.shape or predicted.ndim != 3 or predicted.shape[-1] != 3:
            shapes = f"{tuple(predicted.shape)} and {tuple(true.shape)}"
            raise ValueError(f"paths have shapes {shapes}, expected (B, T, 3)")
        self._add(1000 * losses.weighted_distance(exact(predicted), exact(true)))
