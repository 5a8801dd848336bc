"""The energy of many poses of a clip at once, with its gradient in closed form.

Poses have the shape (K, 3, J, T): K rows, time last, so that every operation reads long rows of memory. A joint is a
depth on its own ray and an offset across it: with exact keypoints the offsets stay near zero and only the depth is
optimised. Energies have the unit of a squared deviation over its variance, summed over joints; a pose's energy is the
mean over frames.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.joint_limits import (
    BONES,
    ENDS,
    LENGTHS,
    LIMITS,
    PAIRS,
    SEGMENTS,
    UP,
    segment_lengths,
)

_PELVIS = H36M17.index("pelvis")
_TINY = 1e-8  # metres squared, so that a bone of length 0 has a gradient
_NEEDED = ("bone", "acceleration", "lengths", "distance")  # weights that cannot be 0
_JOINTS = len(H36M17.joints)
_ROBUST = 9.0  # chosen: squared deviation from which a keypoint counts less


@dataclass(frozen=True)
class EnergyWeights:
    """Weights of the energy's terms.

    Attributes:
        bone: metres, standard deviation of a bone's length within a clip.
        acceleration: allowed acceleration of a joint in space, as a multiple of its acceleration in the image.
        lengths: standard deviation of a clip's bone length from the expected one, as a share.
        distance: standard deviation of the pelvis' distance from the expected one, as a share; without this term a
            nearer body with its bones turned into depth explains any image.
        limits: weight of the anatomical limits; 0 for none.
        start: metres, standard deviation of the joints from a given pose, HDVR's L_3D; 0 for no such term.
        tilt: radians, standard deviation of the tilt and roll from the expected ones; 0: the camera stands so.
        focal: standard deviation of the focal length, as a share of the given one; 0: it is known.
        smooth_2d: weight of the squared steps of the re-projection, metres at the dancer's distance (L_smooth2D).
        smooth_3d: weight of the squared steps of the joints around the pelvis, metres (L_smooth3D).
    """

    bone: float = 0.03
    acceleration: float = 3.0
    lengths: float = 0.1
    distance: float = 0.02
    limits: float = 8.0
    start: float = 0.05
    tilt: float = 0.05
    focal: float = 0.05
    smooth_2d: float = 0.0
    smooth_3d: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, free = getattr(self, field.name), field.name not in _NEEDED
            if not (np.isfinite(value) and (value >= 0 if free else value > 0)):
                raise ValueError(
                    f"EnergyWeights.{field.name} is {value}, expected a number {'of 0 or more' if free else 'above 0'}"
                )


class Energy:
    """Energy and gradient of poses given as offsets and depths ``x`` (K, 3, J + 1, T).

    The last column is the camera of every row (HDVR's w): tilt and roll, radians, and log of the focal length, from
    those given; one camera per clip, the mean over the frames.

    Args:
        rays: (K or 1, 2, J, T) keypoints as x / z and y / z of the camera, finite everywhere.
        precision: (K or 1, J, T) 1 / metres of the keypoints' error at the person's distance; 0 where there is none.
        distance: (K or 1, T) metres, expected depth of the pelvis; offsets are metres at its median.
        pace: (K or 1, J) metres per frame squared, acceleration of every joint in the image.
        lengths: (K or 1, 16) metres, expected bone lengths; those of an average body if None.
        terms: weights.
        start: (K or 1, 3, J, T) poses around the root to stay near, or None.
        up: (3,) unit vector against gravity, camera frame; that of a level camera if None.
    """

    def __init__(
        self,
        rays: Tensor,
        precision: Tensor,
        distance: Tensor,
        pace: Tensor,
        lengths: Tensor | None = None,
        terms: EnergyWeights | None = None,
        start: Tensor | None = None,
        up: Tensor | None = None,
    ) -> None:
        self.terms = terms or EnergyWeights()
        self.rays, self.distance, self.start = rays, distance, start if self.terms.start else None
        self.depth = distance.median(1).values[:, None, None, None]
        self.trust = precision.square()
        self.lengths = (torch.from_numpy(LENGTHS)[None] if lengths is None else lengths).to(rays)
        self.stiffness = (self.terms.acceleration * pace).square().reciprocal()[:, None, :, None]
        self.swing = self._swing()
        self.gather = incidence().to(rays)
        self.spread = self.gather.T.contiguous()
        self.up = (torch.tensor([0.0, -1.0, 0.0]) if up is None else up).to(rays)
        self.limits = _Limits(self.lengths.mean(0), self.terms.limits, self.up)
        spread = torch.tensor([self.terms.tilt, self.terms.tilt, self.terms.focal], dtype=torch.double)
        self.doubt = torch.where(spread > 0, spread**-2, 0.0).to(rays)
        self.free = (spread > 0).to(rays)

    def every_nth(self, step: int) -> Energy:
        """The same energy on every ``step``-th frame, for smooth motion."""
        out = copy(self)
        out.rays, out.trust, out.distance = (a[..., ::step] for a in (self.rays, self.trust, self.distance))
        out.start = None if self.start is None else self.start[..., ::step]
        out.stiffness, out.swing = self.stiffness / step**4, out._swing()
        return out

    def _swing(self) -> Tensor:
        """Second differences of the keypoints, metres at ``depth``."""
        return self.rays.diff(n=2, dim=-1) * self.depth if self.rays.shape[-1] > 2 else self.rays[..., :0]

    def joints(self, x: Tensor) -> Tensor:
        """(K, 3, J, T) variables to joints, metres, camera frame."""
        slopes = x[:, :2, :_JOINTS] / self.depth + self.rays * self._zoom(x)
        depth = x[:, 2:, :_JOINTS]
        return torch.cat([depth * slopes, depth], 1)

    def variables(self, joints: Tensor) -> Tensor:
        """The inverse of ``joints`` with the camera as it is expected."""
        offsets = (joints[:, :2] / joints[:, 2:] - self.rays) * self.depth
        return with_camera(torch.cat([offsets, joints[:, 2:]], 1))

    def camera(self, x: Tensor) -> Tensor:
        """(K, 3) tilt and roll, and log of the focal length, from those given."""
        return x[:, :, _JOINTS].mean(-1) * self.free

    def _zoom(self, x: Tensor) -> Tensor:
        """(K, 1, 1, 1) what a longer lens makes of slopes."""
        return (-self.camera(x)[:, 2]).exp()[:, None, None, None]

    def upward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(K, 3) the direction against gravity, and its derivatives by tilt and roll, (K, 2, 3)."""
        tilt, roll, _ = self.camera(x).unbind(-1)
        one, zero = torch.ones_like(tilt), torch.zeros_like(tilt)
        lean = _matrix(one, zero, zero, zero, tilt.cos(), -tilt.sin(), zero, tilt.sin(), tilt.cos())
        turn = _matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
        leant = lean @ self.up
        up = (turn @ leant[..., None])[..., 0]
        by_tilt = torch.stack([zero, -leant[:, 2], leant[:, 1]], -1)
        by_roll = torch.stack([-up[:, 1], up[:, 0], zero], -1)
        return up, torch.stack([(turn @ by_tilt[..., None])[..., 0], by_roll], 1)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Energy of every frame, (K, T), and the gradient of its sum over frames, (K, 3, J + 1, T)."""
        camera, zoom, (up, by_angle) = self.camera(x), self._zoom(x), self.upward(x)
        x, frames = x[:, :, :_JOINTS], x.shape[-1]
        slopes = x[:, :2] / self.depth + self.rays * zoom
        joints = torch.cat([x[:, 2:] * slopes, x[:, 2:]], 1)
        energy, across = self._picture(x[:, :2])
        direct = self._accelerations(x, energy)
        distance = self.distance * camera[:, 2:].exp()
        off = (x[:, 2, _PELVIS] / distance - 1) / self.terms.distance
        energy += off.square() + (camera.square() * self.doubt).sum(-1, keepdim=True) / frames
        direct[:, 2, _PELVIS] += 2 * off / (distance * self.terms.distance)
        pull = torch.zeros_like(x)
        if self.start is not None:
            self._around_pelvis(joints - joints[:, :, :1] - self.start, self.terms.start**-2, energy, pull)
        if self.terms.smooth_2d:
            self._steps(x[:, :2] + self.rays * self.depth, self.terms.smooth_2d, energy, across)
        if self.terms.smooth_3d:
            steps = torch.zeros_like(x)
            self._steps(joints - joints[:, :, :1], self.terms.smooth_3d, energy, steps)
            pull += steps
            pull[:, :, 0] -= steps.sum(2)
        segments = self.gather @ joints
        bones, rest = segments[:, :, : len(BONES)], segments[:, :, len(BONES) :]
        limits, by_up = self.limits(rest, up, energy)
        pull += self.spread @ torch.cat([self._bones(bones, energy), limits], 2)
        across.addcmul_(pull[:, :2], x[:, 2:] / self.depth)
        direct[:, :2] += across
        direct[:, 2:] += pull[:, 2:] + (pull[:, :2] * slopes).sum(1, keepdim=True)
        by_focal = -(pull[:, :2] * x[:, 2:] * self.rays * zoom).sum((1, 2, 3))
        by_focal -= (2 * off * x[:, 2, _PELVIS] / (distance * self.terms.distance)).sum(-1)
        by_camera = torch.cat([(by_angle @ by_up[..., None])[..., 0], by_focal[:, None]], -1)
        by_camera = (by_camera + 2 * camera * self.doubt) * self.free / frames
        return energy, torch.cat([direct, by_camera[:, :, None, None].expand(-1, -1, 1, frames)], 2)

    @staticmethod
    def _around_pelvis(off: Tensor, weight: float, energy: Tensor, pull: Tensor) -> None:
        """Add the weighted squares of what joints around the pelvis are off by, and their gradient by the joints."""
        energy += weight * off.square().sum((1, 2))
        pull += 2 * weight * off
        pull[:, :, 0] -= 2 * weight * off.sum(2)

    @staticmethod
    def _steps(place: Tensor, weight: float, energy: Tensor, pull: Tensor) -> None:
        """Add the weighted squares of the steps from frame to frame, and their gradient by the places."""
        step = place.diff(dim=-1)
        energy[:, 1:] += weight * step.square().sum((1, 2))
        pull[..., 1:] += 2 * weight * step
        pull[..., :-1] -= 2 * weight * step

    def _picture(self, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Re-projection: the squared deviations s as 9 log(1 + s / 9) (Cauchy), and the gradient by the offsets."""
        squared = offset.square().sum(1) * self.trust
        slope = 2 * self.trust / (1 + squared / _ROBUST)
        return _ROBUST * torch.log1p(squared / _ROBUST).sum(1), offset * slope[:, None]

    def _accelerations(self, x: Tensor, energy: Tensor) -> Tensor:
        """Accelerations of depths, and of positions across the rays at one distance.

        Accelerations in metres would shrink when a body comes nearer with its bones turned into depth, and so favour
        it.
        """
        pull = torch.zeros_like(x)
        if x.shape[-1] < 3:
            return pull
        second = x[..., 2:] - 2 * x[..., 1:-1] + x[..., :-2]
        second[:, :2] += self.swing
        stiff = second * self.stiffness
        energy[:, 1:-1] += (stiff * second).sum((1, 2))
        pull[..., 2:] = stiff
        pull[..., 1:-1] -= 2 * stiff
        pull[..., :-2] += stiff
        return pull.mul_(2)

    def _bones(self, bones: Tensor, energy: Tensor) -> Tensor:
        """Constant bone lengths: each clip has its own lengths, equal on both sides and near the expected ones.

        Given the poses, the best lengths have a closed form, so they are no variables: by the envelope theorem the
        gradient is that at fixed lengths.
        """
        length = (bones.square().sum(1) + _TINY).sqrt()  # (K, 16, T)
        tight, loose = self.terms.bone**-2, (self.terms.lengths * self.lengths).square().clamp_min(_TINY).reciprocal()
        mean = length.mean(-1)
        mean = (mean + mean[:, PAIRS]) / 2
        own = (tight * mean + loose * self.lengths) / (tight + loose)
        off = length - own[..., None]
        energy += tight * off.square().sum(1) + (loose * (own - self.lengths).square()).sum(1, keepdim=True)
        return bones * (2 * tight * off / length)[:, None]


def with_camera(x: Tensor) -> Tensor:
    """(K, 3, J, T) offsets and depths with a camera as expected beside them, (K, 3, J + 1, T)."""
    return torch.cat([x, torch.zeros_like(x[:, :, :1])], 2)


def _matrix(*rows: Tensor) -> Tensor:
    """(K, 3, 3) of nine (K,)."""
    return torch.stack(rows, -1).reshape(-1, 3, 3)


def incidence() -> Tensor:
    """(S, J) +1 where a bone or segment ends, -1 where it starts; times joints it gives bones, then segments."""
    ends = np.concatenate([BONES, ENDS])
    out = np.zeros((len(ends), len(H36M17.joints)))
    out[np.arange(len(ends)), ends[:, 1]] = 1
    out[np.arange(len(ends)), ends[:, 0]] = -1
    return torch.from_numpy(out)


class _Limits:
    """The squared hinges of ``LIMITS`` over segments (K, 3, S, T)."""

    def __init__(self, bones: Tensor, weight: float, up: Tensor) -> None:
        names = (*SEGMENTS, UP)
        self.weight = weight
        self.scale = torch.from_numpy(1 / segment_lengths(bones.cpu().double().numpy())).to(up)[:, None]
        self.groups = []
        for count in (2, 3):
            rows = [limit for limit in LIMITS if len(limit.segments) == count]
            numbers = (
                torch.tensor([[r.sign, r.least, r.weight * weight] for r in rows], dtype=torch.double)
                .to(up)
                .T[:, :, None]
            )
            columns = [[names.index(r.segments[i]) for r in rows] for i in range(count)]
            self.groups.append(([torch.tensor(c, device=up.device) for c in columns], *numbers))

    def __call__(self, segments: Tensor, up: Tensor, energy: Tensor) -> tuple[Tensor, Tensor]:
        """Add to the energy (K, T); returns the gradients by segments (K, 3, S, T) and by ``up`` (K, 3)."""
        rows, _, _, frames = segments.shape
        if not self.weight:
            return torch.zeros_like(segments), torch.zeros_like(up)
        units = torch.cat([segments * self.scale, up[:, :, None, None].expand(rows, 3, 1, frames)], 2)
        total = torch.zeros_like(units)
        for columns, sign, least, weight in self.groups:
            parts = [units.index_select(2, c) for c in columns]
            if len(parts) == 2:
                sides = parts[::-1]
            else:
                sides = [torch.linalg.cross(*pair, dim=1) for pair in (parts[1:], parts[::-2], parts[:2])]
            missing = (least - sign * (sides[-1] * parts[-1]).sum(1)).clamp_min(0)
            slope = weight * missing
            energy += (slope * missing).sum(1)
            slope = (-2 * sign * slope)[:, None]
            for column, side in zip(columns, sides, strict=True):
                total.index_add_(2, column, side * slope)
        return total[:, :, :-1] * self.scale, total[:, :, -1].sum(-1)
