"""Input of the movement rules: joints at 30 frames/s, smoothed, in body frames, with floor contacts.

Coordinates are levelled: y up, x and z on the floor, right-handed. Lengths are in body scales S (docs/movements.md), so
that every threshold fits short and tall people. Frames are rows (right, up, forward) of the dancer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from dance3d.geometry.body_frame import heading_frame, part_frame
from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.thresholds import Thresholds
from dance3d.timeseries.resampling import grid, hysteresis

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
RATE = 30.0
"""Frames per second at which rules are applied."""
SIDES = ("left", "right")
_CARRIES = 0.04  # body scales, chosen: a foot this much lower than the other carries most of the weight
UP = np.array([0.0, 1.0, 0.0])


def rate(x: Array) -> Array:
    """Change per second along the first axis, central differences; zeros for a single row."""
    return np.gradient(x, axis=0) * RATE if len(x) > 1 else np.zeros_like(x)


def bearing(y: Array, x: Array) -> Array:
    """Degrees of atan2(y, x) along time, unwrapped."""
    return np.degrees(np.unwrap(np.arctan2(y, x)))


def resample(x: Array, time: Array, fps: float) -> tuple[Array, Array]:
    """Linear interpolation onto a uniform grid.

    Args:
        x: (T, ...) values.
        time: (T,) rising seconds.
        fps: frames per second of the grid.

    Returns:
        (N, ...) values and their times (N,).
    """
    at = grid(time, fps)[: int(np.floor((time[-1] - time[0]) * fps + 1e-6)) + 1]  # none past the last
    after = np.clip(np.searchsorted(time, at, side="right"), 1, len(time) - 1)
    share = (at - time[after - 1]) / (time[after] - time[after - 1])
    share = share.reshape(-1, *[1] * (x.ndim - 1))
    return x[after - 1] * (1 - share) + x[after] * share, at


def low_pass(x: Array, cut: float, fps: float) -> Array:
    """Zero-phase Butterworth low-pass (order 4 in total) along the first axis.

    Args:
        x: (N, ...) values.
        cut: cut-off frequency, Hz.
        fps: frames per second of ``x``.
    """
    if len(x) < 4 or cut >= fps / 2:
        return x
    out: Array = sosfiltfilt(butter(2, cut, fs=fps, output="sos"), x, axis=0, padlen=min(len(x) - 1, int(fps)))
    return out


def level(xyz: Array, up: Array) -> Array:
    """Rotate points (..., 3) so that ``up`` (3,) becomes y; right-handed, the heading is arbitrary."""
    aside = np.eye(3)[np.argmin(np.abs(up))]
    x = unit(np.cross(up, aside))
    return xyz @ np.stack([x, up, np.cross(x, up)], 1)


def seen_from(frames: Array, v: Array) -> Array:
    """Components (N, 3) right, up, forward of vectors (N, 3) in body frames."""
    out: Array = np.einsum("nij,nj->ni", frames, v)
    return out


def body_scale(p: Array) -> float:
    """S in metres of joints (T, 17, 3): median of trunk plus leg length."""
    at = {name: p[:, i] for i, name in enumerate(H36M17.joints)}
    trunk = np.linalg.norm(at["thorax"] - at["pelvis"], axis=-1)
    legs = [
        np.linalg.norm(at[f"{s}_{a}"] - at[f"{s}_{b}"], axis=-1)
        for s in SIDES
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    return float(np.median(trunk + np.sum(legs, 0) / 2))


@dataclass(frozen=True, eq=False)
class Signals:
    """One uninterrupted stretch of a clip.

    Attributes:
        p: (N, 17, 3) joints in body scales, y up, low-passed.
        q: the same with a higher cut-off, for fast movements.
        floor: height of an ankle that stands on the floor.
        arm: length of the whole arm by side.
        leg: length of the whole leg, mean of both sides.
        thresholds: of the rules.
    """

    p: Array
    q: Array
    floor: float
    arm: dict[str, float]
    leg: float
    thresholds: Thresholds

    def part(self, start: int, stop: int) -> Signals:
        """Some of its frames, with the lengths and the floor of the whole stretch."""
        return replace(self, p=self.p[start:stop], q=self.q[start:stop])

    def under(self, thresholds: Thresholds) -> Signals:
        """The same with other thresholds of movements; what was computed from the joints is shared."""
        out = replace(self, thresholds=thresholds)
        vars(out).update({**vars(self), "thresholds": thresholds})
        return out

    def at(self, joint: str, fast: bool = False) -> Array:
        """Positions (N, 3) of a joint."""
        return (self.q if fast else self.p)[:, H36M17.index(joint)]

    def bone(self, a: str, b: str, fast: bool = False) -> Array:
        """Vectors (N, 3) from one joint to another.

        Args:
            a: joint at the start.
            b: joint at the end.
            fast: of ``q`` instead of ``p``.
        """
        return self.at(b, fast) - self.at(a, fast)

    @cached_property
    def up(self) -> Array:
        """Unit vector against gravity, (N, 3)."""
        return np.tile(UP, (len(self.p), 1))

    @cached_property
    def pelvis(self) -> Array:
        """Frame of the pelvis, up along the trunk."""
        return part_frame(self.bone("left_hip", "right_hip"), self.bone("pelvis", "thorax"))

    @cached_property
    def chest(self) -> Array:
        """Frame of the chest, up along the upper trunk."""
        return part_frame(self.bone("left_shoulder", "right_shoulder"), self.bone("spine", "thorax"))

    @cached_property
    def heading(self) -> Array:
        """Level frame in the direction that the pelvis faces."""
        return heading_frame(self.bone("left_hip", "right_hip"), UP)

    @cached_property
    def chest_heading(self) -> Array:
        """Level frame in the direction that the chest faces."""
        return heading_frame(self.bone("left_shoulder", "right_shoulder"), UP)

    def yaw(self, v: Array) -> Array:
        """Heading of vectors (N, 3), degrees, counter-clockwise from above, unwrapped."""
        return bearing(-v[:, 2], v[:, 0])

    @cached_property
    def feet(self) -> Array:
        """Middle between the ankles, (N, 3)."""
        return (self.at("left_ankle") + self.at("right_ankle")) / 2

    @cached_property
    def contact(self) -> dict[str, Flags]:
        """Whether each foot stands: low and slow, with hysteresis (docs/movements.md)."""
        out, least = {}, self.thresholds.values["contact"]
        low, slow, slack = least["height"], least["speed"], least["slack"]
        for side in SIDES:
            ankle = self.at(f"{side}_ankle")
            height, speed = ankle[:, 1] - self.floor, np.linalg.norm(rate(ankle), axis=-1)
            out[side] = hysteresis((height < low) & (speed < slow), (height < slack * low) & (speed < slack * slow))
        return out


def path_of_standing_foot(p: Array) -> Array:
    """Root path (N, 3) of level joints (N, 17, 3) around the pelvis: the lower foot stands still on the floor y = 0.

    This cannot show jumps, slides, or any other motion without a standing foot.
    """
    ankles = p[:, [H36M17.index(f"{s}_ankle") for s in SIDES]]  # (N, 2, 3)
    height = ankles[..., 1]
    sharp = np.clip((height[:, ::-1] - height) / (_CARRIES * body_scale(p)), -20, 20)
    weight = 1 / (1 + np.exp(-sharp))  # (N, 2), the lower foot has the most
    path = -np.cumsum((weight[..., None] * rate(ankles)).sum(1) / RATE, 0)
    path[:, 1] = -height.min(1)
    return path


def uniform_stretches(
    xyz: Array, time: Array, up: Array, root: Array | None, thresholds: Thresholds
) -> list[tuple[Signals, Array]]:
    """Cut a clip into stretches without missing frames and make their signals.

    Args:
        xyz: (T, 17, 3) metres, root-relative, any right-handed frame; NaN where missing.
        time: (T,) seconds.
        up: (3,) unit vector against gravity in that frame.
        root: (T, 3) metres or None.
        thresholds: of the rules that will use them.

    Returns:
        Signals and the times (N,) of their rows, per stretch.
    """
    seen = np.isfinite(xyz).all((1, 2)) & (True if root is None else np.isfinite(root).all(1))
    if not seen.any():
        return []
    body, when = level(xyz[seen], up), time[seen]
    scale = max(body_scale(body), 1e-6)
    cuts = thresholds.values["filter"]
    gap = thresholds.values["stretch"]["gap"] + 1 / RATE
    pieces = np.split(np.arange(len(when)), np.flatnonzero(np.diff(when) > gap) + 1)
    sampled = []
    for piece in pieces:
        if len(piece) < 2:
            continue
        fps = RATE * max(1, round((len(piece) - 1) / (when[piece[-1]] - when[piece[0]]) / RATE))
        joints = body[piece] if root is None else body[piece] + level(root[seen][piece], up)[:, None]
        fine, grid = resample(joints / scale, when[piece], fps)
        step = round(fps / RATE)
        slow, fast = (low_pass(fine, cut, fps)[::step] for cut in (cuts["slow"], cuts["fast"]))
        if root is None:
            path = path_of_standing_foot(slow)[:, None]
            slow, fast = slow + path, fast + path
        sampled.append((slow, fast, grid[::step]))
    return _finish(sampled, thresholds)


def _finish(sampled: list[tuple[Array, Array, Array]], thresholds: Thresholds) -> list[tuple[Signals, Array]]:
    """Signals of all stretches, with their common lengths and floor."""
    if not sampled:
        return []
    p = np.concatenate([slow for slow, _, _ in sampled])
    at = {name: p[:, i] for i, name in enumerate(H36M17.joints)}

    def length(*chain: str) -> float:
        bones = pairwise(chain)
        return float(np.median(np.sum([np.linalg.norm(at[a] - at[b], axis=-1) for a, b in bones], 0)))

    arm = {s: length(f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist") for s in SIDES}
    leg = sum(length(f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in SIDES) / 2
    floor = float(np.percentile([at[f"{s}_ankle"][:, 1] for s in SIDES], 5))
    return [(Signals(slow, fast, floor, arm, leg, thresholds), grid) for slow, fast, grid in sampled]
