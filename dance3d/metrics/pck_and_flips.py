"""PCK, and shares of frames that are nearer to the truth with sides or depth exchanged; 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.exact_metric import ExactMetric, Mean
from dance3d.metrics.pose import around_root, check, length
from dance3d.skeleton import H36M17


class _Within(ExactMetric):
    """Share of joints whose error is at most a threshold, mean over thresholds."""

    higher_is_better = True
    hits: Tensor
    count: Tensor

    def __init__(self, thresholds: list[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not thresholds or min(thresholds) < 0:
            raise ValueError(f"thresholds are {thresholds}, expected some, none below 0")
        self.thresholds = thresholds
        self.add_sums("hits", shape=(len(thresholds),))
        self.add_sums("count")

    def update(self, predicted: Tensor, true: Tensor, reference: Tensor | None = None) -> None:
        """Add sequences.

        Args:
            predicted: (B, T, J, 3) metres, compared around joint 0 and in millimetres; with a ``reference`` (B, T, J, 2
                or 3) in any unit, compared as they are.
            true: of the same shape.
            reference: (B, T) a length in the same unit, of which the thresholds are shares: the head for PCKh, the
                torso for PCK@0.2; or none.

        Raises:
            ValueError: the shapes do not fit.
        """
        check(predicted, true, (3,) if reference is None else (2, 3))
        if reference is None:
            errors = 1000 * length(around_root(predicted) - around_root(true))
        elif reference.shape == true.shape[:2]:
            errors = length(exact(predicted) - exact(true)) / exact(reference)[..., None]
        else:
            raise ValueError(f"reference has shape {tuple(reference.shape)}, expected {tuple(true.shape[:2])}")
        limits = torch.tensor(self.thresholds, dtype=errors.dtype, device=errors.device)
        self.hits = self.hits + (errors.flatten()[:, None] <= limits).sum(0)
        self.count = self.count + errors.numel()

    def compute(self) -> Tensor:
        """The share, 0 to 1; NaN where there was nothing."""
        return (self.hits / self.count).mean().float()


class PCK(_Within):
    """Share of correct keypoints: joints at most ``threshold`` off. A NaN is not correct.

    Args:
        threshold: millimetres, or a share of the reference length where one is given.

    Source: Mehta et al., "Monocular 3D human pose estimation in the wild", 3DV 2017 (3D PCK at 150 mm); Andriluka et
    al., CVPR 2014 (PCKh: half the head, in 2D).
    """

    def __init__(self, threshold: float = 150.0, **kwargs: Any) -> None:
        super().__init__([threshold], **kwargs)


class AUC(_Within):
    """Area under the curve of PCK over thresholds: the mean of PCK at 0, 5, ... 150 mm.

    Source: Mehta et al., 3DV 2017; 31 thresholds as in the MPI-INF-3DHP benchmark.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([5.0 * step for step in range(31)], **kwargs)


def _nearer(predicted: Tensor, true: Tensor, other: Callable[[Tensor], Tensor]) -> Tensor:
    """(B, T) 1 where another reading of the pose is nearer to the truth, 0 where not, NaN where there is no pose."""
    check(predicted, true)
    pose, truth = around_root(predicted), around_root(true)
    own, flipped = length(pose - truth).mean(-1), length(other(pose) - truth).mean(-1)
    return torch.where(own.isnan(), own, exact(flipped < own))


def _exchanged(pose: Tensor) -> Tensor:
    return pose[..., H36M17.swap, :]


class _Flips(ExactMetric):
    """Share of frames whose other reading is nearer to the truth than the pose itself."""

    higher_is_better = False
    flips: Tensor
    unsteady: Tensor
    frames: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_sums("flips", "unsteady", "frames")

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add sequences (B, T, 17, 3); each is one view of one clip.

        Raises:
            ValueError: the shapes do not fit.
        """
        flipped = _nearer(predicted, true, self._other)
        count, frames = flipped.sum(1), flipped.shape[1]
        self.flips = self.flips + count.sum()
        self.unsteady = self.unsteady + torch.minimum(count, frames - count).sum()
        self.frames = self.frames + flipped.numel()

    def compute(self) -> Tensor:
        """Share of frames, 0 to 1; NaN where there was nothing."""
        return (self.flips / self.frames).float()

    def ambiguity(self) -> Tensor:
        """Share of frames unlike most of their view: min(f, N - f) of N frames with f flips.

        A lifter without 3D labels may settle on one reading of a whole view; this counts only its changes.
        """
        return (self.unsteady / self.frames).float()

    def _other(self, pose: Tensor) -> Tensor:
        raise NotImplementedError


class LeftRightFlips(_Flips):
    """Share of frames that are nearer to the truth with left and right exchanged."""

    def _other(self, pose: Tensor) -> Tensor:
        return _exchanged(pose)


class AmbiguityRatio(Mean):
    """Mean over scenes of min(f, N - f) / N, 0 to 0.5: of N views of one moment, f are nearer with sides exchanged.

    0 where all views agree on left and right, rightly or wrongly: ``LeftRightFlips`` says which. 0.5 where "the
    picture's left is the body's left" with as many cameras in front as behind. A scene of one view counts, with 0.

    Source: Yang et al., Mask as Supervision, ECCV 2024, section 4 (r = sum of min(f, N - f) over the samples D; their
    figures fit D being the number of views).
    """

    def update(self, predicted: Tensor, true: Tensor) -> None:
        """Add scenes (S, V, 17, 3) of V views each, metres, camera frames; other V in other calls.

        Raises:
            ValueError: the shapes do not fit.
        """
        flipped = _nearer(predicted, true, _exchanged)
        self._add(torch.minimum(flipped.sum(1), (1 - flipped).sum(1)) / flipped.shape[1])


class DepthFlips(_Flips):
    """Share of frames that are nearer to the truth with depth reversed, which the picture hardly tells apart."""

    def _other(self, pose: Tensor) -> Tensor:
        return pose * pose.new_tensor([1.0, 1.0, -1.0])
