"""Errors of predicted joints: from joints in every picture, and from the bodies fitted to the masks."""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d import losses
from dance3d.losses import mean_where
from dance3d.stages.detect.augment import AugmentedPictures
from dance3d.stages.detect.model import PosePrediction, net_targets

_HEATMAP_WEIGHT = 0.2  # chosen: weight of the heatmaps' cross-entropy, where the joints' distance has 1
_HALF_FIT = 0.005  # chosen: a fitted body with this misfit has half the weight


def joint_errors(found: PosePrediction, joints: Tensor, flat: Tensor | None = None) -> Tensor:
    """Errors of positions and heatmaps.

    Args:
        found: of B crops.
        joints: (B, 17, 3) where they should be.
        flat: (B,) whether errors across the line of sight count too; always if not given.

    Returns:
        (B, 17)
    """
    distance = (found.xyz - joints).abs()
    heat = torch.stack([losses.heatmap(share, joints[..., axis]) for axis, share in enumerate(found.shares)], -1)
    errors = distance / 3 + _HEATMAP_WEIGHT * heat
    return errors.sum(-1) if flat is None else errors[..., 2] + errors[..., :2].sum(-1) * flat[:, None]


def fitted_errors(found: PosePrediction, shown: AugmentedPictures, misfit: Tensor, valid: Tensor) -> Tensor:
    """Mean error from the bodies fitted to the masks, of which those that fit badly count less.

    Args:
        found: of the views of all moments.
        shown: the views, with the fitted bodies.
        misfit: (M,) of every moment's body; not finite where none was fitted.
        valid: (M, V) whether a view is there.

    Raises:
        ValueError: no body was fitted to any moment.
    """
    there = torch.isfinite(misfit)
    if not there.any():
        raise ValueError("the cascade asks for bodies fitted to the masks, and there are none; set data.fitted")
    target = net_targets(shown.fitted[:, None], shown.extrinsics, shown.half)
    trust = there / (1 + (torch.where(there, misfit, 0.0) / _HALF_FIT).square())
    errors = joint_errors(found, target.flatten(0, 1)).view(*valid.shape, -1).mean(-1)
    return mean_where(errors * trust[:, None], valid & there[:, None])
