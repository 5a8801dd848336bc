"""The error by joint, by frame, by depth, and by group of clips."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.exact_metric import ExactMetric
from dance3d.metrics.pose import around_root, check, length

GROUPS = 32
"""Number of groups of clips."""


class Breakdown(NamedTuple):
    """Mean errors in millimetres; NaN where nothing fell.

    Attributes:
        joint: (J,) of every joint.
        frame: (F,) by place in the sequence, as far as the longest one goes.
        depth: (D,) by true depth.
        edges: (D + 1,) metres, between which the depths lie.
        group: (32,) by group of clips.
    """

    joint: Tensor
    frame: Tensor
    depth: Tensor
    edges: Tensor
    group: Tensor


class ErrorBy(ExactMetric):
    """MPJPE by joint, frame, depth and group.

    Args:
        joints: J.
        frames: places in the sequence that are separated; what comes later falls into the last.
        nearest: lower edge of the depths, metres.
        farthest: upper edge.
        bins: of depth; what lies outside falls into the first or the last.
    """

    higher_is_better = False
    joint: Tensor
    frame: Tensor
    depth: Tensor
    group: Tensor

    def __init__(
        self,
        joints: int = 17,
        frames: int = 256,
        nearest: float = -0.8,
        farthest: float = 0.8,
        bins: int = 16,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(joints, frames, bins) < 1 or not farthest > nearest:
            raise ValueError(
                f"joints {joints}, frames {frames}, bins {bins}: expected 1 or more; {nearest} < {farthest}"
            )
        self.nearest, self.farthest = nearest, farthest
        for name, size in (("joint", joints), ("frame", frames), ("depth", bins), ("group", GROUPS)):
            self.add_sums(name, shape=(2, size))

    def update(self, predicted: Tensor, true: Tensor, group: Tensor | None = None, depth: Tensor | None = None) -> None:
        """Add sequences.

        Args:
            predicted: (B, T, J, 3) metres, compared around joint 0.
            true: of the same shape.
            group: (B,) number of each sequence's group, 0 if not given; what is beyond the last falls into it.
            depth: (B, T, J) metres; how far each true joint is behind joint 0 if not given.

        Raises:
            ValueError: the shapes do not fit.
        """
        check(predicted, true)
        if true.shape[2] != self.joint.shape[1]:
            raise ValueError(f"poses have {true.shape[2]} joints, expected {self.joint.shape[1]}")
        truth = around_root(true)
        errors = 1000 * length(around_root(predicted) - truth)
        batch, frames, joints = errors.shape
        device, bins = errors.device, self.depth.shape[1]
        place = torch.arange(frames, device=device).clamp_max(self.frame.shape[1] - 1)[None, :, None]
        behind = exact(truth[..., 2] if depth is None else depth)
        share = (behind - self.nearest) / (self.farthest - self.nearest)
        groups = torch.zeros(batch, dtype=torch.long, device=device) if group is None else group.clamp_max(GROUPS - 1)
        self.joint = self.joint + _sums(errors, torch.arange(joints, device=device), joints)
        self.frame = self.frame + _sums(errors, place, self.frame.shape[1])
        self.depth = self.depth + _sums(errors, (share * bins).nan_to_num().long().clamp(0, bins - 1), bins)
        self.group = self.group + _sums(errors, groups[:, None, None], GROUPS)

    def compute(self) -> Breakdown:
        """The means."""
        used = int(self.frame[1].nonzero().max()) + 1 if self.frame[1].any() else 0
        edges = torch.linspace(self.nearest, self.farthest, self.depth.shape[1] + 1)
        joint, frame, depth, group = (s[0] / s[1] for s in (self.joint, self.frame, self.depth, self.group))
        return Breakdown(joint.float(), frame[:used].float(), depth.float(), edges, group.float())


def _sums(errors: Tensor, place: Tensor, size: int) -> Tensor:
    """(2, size) sum and number of (B, T, J) errors by place, which is broadcast against them."""
    flat = place.expand_as(errors).flatten()
    sums = errors.new_zeros(2, size)
    return sums.index_add(1, flat, torch.stack([errors.flatten(), torch.ones_like(errors).flatten()]))
