"""Foot skate: how far standing feet slide."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dance3d.geometry.precision import exact
from dance3d.metrics.exact_metric import Mean
from dance3d.metrics.pose import length
from dance3d.skeleton import H36M17

ANKLES = H36M17.indices("left_ankle", "right_ankle")
_TRUNK = H36M17.indices("pelvis", "thorax")
_LEGS = [H36M17.indices(*(f"{side}_{j}" for j in ("hip", "knee", "ankle"))) for side in ("left", "right")]
_LOW, _SLOW, _LOOSE = 0.04, 0.35, 1.3  # body scales above the floor, body scales per second, hysteresis


def body_scale(xyz: Tensor) -> Tensor:
    """(B, T, 17, 3) to (B,): trunk and one leg of the median frame, metres."""
    trunk = length(xyz[..., _TRUNK[1], :] - xyz[..., _TRUNK[0], :])
    legs = [length(xyz[..., joints, :].diff(dim=-2)).sum(-1) for joints in _LEGS]
    return (trunk + sum(legs, torch.zeros_like(trunk)) / len(legs)).nanmedian(1).values


def standing(xyz: Tensor, fps: float, up: Tensor | None = None) -> Tensor:
    """Which feet stand: low and slow, with hysteresis.

    A foot begins to stand when its ankle is less than 0.04 body scales above the floor, which is the 5th percentile of
    the clip's ankle heights, and slower than 0.35 body scales a second; until it leaves 1.3 times one of the two.

    Args:
        xyz: (B, T, 17, 3) metres in a frame that does not move with the dancer; NaN where missing.
        fps: frames per second.
        up: (3,) unit vector against gravity; y if not given.

    Returns:
        (B, T, 2) left and right.
    """
    up = xyz.new_tensor([0.0, 1.0, 0.0]) if up is None else up.to(xyz)
    scale = body_scale(xyz)[:, None, None]
    ankles = xyz[..., ANKLES, :]
    height = ankles @ up
    height = (height - height.flatten(1).nanquantile(0.05, dim=1)[:, None, None]) / scale
    alone = xyz.shape[1] == 1
    speed = torch.zeros_like(height) if alone else fps * length(torch.gradient(ankles, dim=1)[0]) / scale
    on = (height < _LOW) & (speed < _SLOW)
    stay = (height < _LOOSE * _LOW) & (speed < _LOOSE * _SLOW)
    frame = torch.arange(xyz.shape[1], device=xyz.device)[None, :, None]
    last_on, last_off = (torch.where(flags, frame, -1).cummax(1).values for flags in (on, ~stay))
    return last_on > last_off


class FootSkate(Mean):
    """Mean horizontal speed of the ankles while their feet stand, millimetres per second.

    Args:
        fps: frames per second.
    """

    def __init__(self, fps: float = 30.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not fps > 0:
            raise ValueError(f"fps is {fps}, expected a positive number")
        self.fps = fps

    def update(self, xyz: Tensor, contact: Tensor | None = None, up: Tensor | None = None) -> None:
        """Add bodies in space.

        Args:
            xyz: (B, T, 17, 3) metres in a frame that does not move with the dancer.
            contact: (B, T, 2) whether the left and the right foot stands, best from the truth; by ``standing`` if not
                given. A step counts if the foot stands before and after it.
            up: (3,) unit vector against gravity; y if not given.

        Raises:
            ValueError: the shapes do not fit.
        """
        if xyz.ndim != 4 or xyz.shape[-2:] != (len(H36M17.joints), 3):
            raise ValueError(f"bodies have shape {tuple(xyz.shape)}, expected (B, T, {len(H36M17.joints)}, 3)")
        xyz = exact(xyz)
        up = xyz.new_tensor([0.0, 1.0, 0.0]) if up is None else up.to(xyz)
        stands = standing(xyz, self.fps, up) if contact is None else contact.bool()
        if stands.shape != (*xyz.shape[:2], 2):
            raise ValueError(f"contact has shape {tuple(stands.shape)}, expected {(*xyz.shape[:2], 2)}")
        step = xyz[..., ANKLES, :].diff(dim=1)
        level = step - (step @ up)[..., None] * up
        self._add(1000 * self.fps * length(level)[stands[:, 1:] & stands[:, :-1]])
