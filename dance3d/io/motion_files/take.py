"""A take of a file, and its conversion to metres, y up, feet on the floor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.io import flaws
from dance3d.skeleton import CLEARANCE, H36M17, RECIPES
from dance3d.timeseries.segments import segments

Array = NDArray[np.float64]

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "cmu": 0.0254 / 0.45}
"""Metres per unit, by name; ``cmu`` is an inch of a body scaled by 0.45."""
AXES = tuple(f"{sign}{axis}" for sign in ("", "-") for axis in "xyz")
LONGEST_GAP = 0.25
"""Seconds of missing values that are filled; longer ones stay missing."""
_LEGS = 0.491  # thigh and shank of a body's height: Drillis and Contini 1966, in Winter's Biomechanics, figure 4.1
_USUAL, _SHORT, _TALL = 1.7, 0.9, 2.3  # metres of a body's height: expected, and the accepted range; chosen
BODY = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "shoulder"))
"""Joints of a whole body, which some frame of a take must have."""
_TOP = 0.18 / 0.47  # from the skull's joint to its top, of the trunk's length (CMU bodies, skeleton.py)


@dataclass(frozen=True)
class ReadOptions:
    """Options of reading a file: what it does not say itself, and what is wanted of it.

    Attributes:
        map: joints of ours to names of the file's, or none: a naming that is known.
        unit: a name of ``UNITS`` or metres per file unit, or none: what the file says, or found by the body's height.
        up: a name of ``AXES``, or none: what the format says, or found.
        skeleton: layout of arrays without names, a name of ``skeleton.RECIPES``.
        rate: frames per second of a file that does not say.
        fps: frames are dropped to come near it; none keeps all.
        skip: frames left out at the start.
        strict: refuse a file of which a part would be left out with a warning.
    """

    map: Mapping[str, Any] | None = None
    unit: str | float | None = None
    up: str | None = None
    skeleton: str | None = None
    rate: float | None = None
    fps: float | None = None
    skip: int = 0
    strict: bool = False

    def __post_init__(self) -> None:
        if self.up is not None and str(self.up) not in AXES:
            raise ValueError(f"up is {self.up!r}; choose from {', '.join(AXES)}")
        known = self.unit in UNITS if isinstance(self.unit, str) else self.unit is None or _positive(self.unit)
        if not known:
            raise ValueError(f"unit is {self.unit!r}; choose from {', '.join(UNITS)}, or metres per unit")
        for name in ("rate", "fps"):
            if (value := getattr(self, name)) is not None and not _positive(value):
                raise ValueError(f"{name} is {value!r}, expected frames per second")
        if self.skeleton is not None and str(self.skeleton) not in RECIPES:
            raise ValueError(f"skeleton {self.skeleton!r} is not known; choose from {', '.join(RECIPES)}")
        if not isinstance(self.strict, bool):
            raise ValueError(f"strict is {self.strict!r}, expected true or false")
        if self.map is not None and not isinstance(self.map, Mapping):
            raise ValueError(f"map is {self.map!r}, expected joints of ours with names of the file's")

    @property
    def metres(self) -> float | None:
        """Metres per unit, or none where the caller does not say."""
        return None if self.unit is None else UNITS[self.unit] if isinstance(self.unit, str) else float(self.unit)

    def step(self, rate: float) -> int:
        """Every so many-th frame is kept of a file with ``rate`` frames per second."""
        return 1 if self.fps is None else max(1, round(rate / self.fps))


@dataclass(frozen=True, eq=False)
class Take:
    """One person's motion as a file has it, reduced to the inner skeleton.

    Attributes:
        name: of the take.
        xyz: (T, 17, 3) file units and axes, NaN where missing.
        rate: frames per second.
        naming: what its joints were read as, in words.
        unit: metres per unit as known of the file, or none.
        up: axis that points up as known of the file, or none.
        habit: axis that points up in most files of its format.
        group: as in ``MotionClip``, or empty: what the name says.
        genre: likewise.
        split: as in ``MotionClip``.
        extremities: (T, 7, 3) as ``xyz``, or none.
    """

    name: str
    xyz: Array
    rate: float
    naming: str
    unit: float | None = None
    up: str | None = None
    habit: str = "y"
    group: str = ""
    genre: str = ""
    split: str = ""
    extremities: Array | None = None


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf


def finish(take: Take, ask: ReadOptions, source: object) -> tuple[MotionClip, str]:
    """A take in metres, y up, feet on the floor at y = 0.

    The floor is found from the lower ankle: the height that it exceeds in 95 of 100 frames is that of a standing foot.

    Args:
        take: as the file has it.
        ask: what the user said of the file.
        source: the file, for errors.

    Returns:
        The take; and in words what was assumed, empty if nothing was.

    Raises:
        ValueError: no frame, no whole body in any, or no unit and no body of that size.
    """
    if len(take.xyz) == 0:
        raise ValueError(f"{source} has no frame")
    if np.isinf(take.xyz).any() or np.abs(np.nan_to_num(take.xyz)).max() > 1e9:
        raise ValueError(f"{source} holds places that are not finite, or farther than any room")
    whole = np.isfinite(take.xyz[:, [H36M17.index(joint) for joint in BODY]]).all((1, 2))
    if not whole.any():
        raise ValueError(f"{source}: hips, knees, ankles and shoulders are in no frame all there")
    seen = replace(take, xyz=take.xyz[whole])
    unit, said = _unit(seen, ask, source)
    up, more = _up(seen, ask)
    xyz = upright(take.xyz, up) * unit
    ankles = xyz[:, H36M17.indices("left_ankle", "right_ankle"), 1]
    lower = np.fmin(ankles[:, 0], ankles[:, 1])  # of one where the other is missing
    floor = np.array([0, np.nanpercentile(lower, 5) - CLEARANCE["left_ankle"], 0])
    ends = None if take.extremities is None else upright(take.extremities, up) * unit - floor
    assumed = "; ".join(words for words in (said, more) if words)
    words = f"{take.naming}; assumed: {assumed}" if assumed else ""
    made = MotionClip(xyz - floor, take.rate, take.name, take.group, take.genre, take.split, extremities=ends)
    return made, words


def complete(joints: Mapping[str, Array]) -> Array:
    """(T, 17, 3) from limbs and head; pelvis, thorax and spine are middles where they are not given."""
    at = dict(joints)
    for joint, ends in (("pelvis", "hip"), ("thorax", "shoulder")):
        at.setdefault(joint, (at[f"left_{ends}"] + at[f"right_{ends}"]) / 2)
    at.setdefault("spine", (at["pelvis"] + at["thorax"]) / 2)
    return np.stack([at[name] for name in H36M17.joints], 1)


def with_head(joints: Mapping[str, Array], skull: Array, towards: Array) -> dict[str, Array]:
    """Nose and head where they are not given: the skull's joint, and its top as far as on bodies of CMU.

    Args:
        joints: with both hips and shoulders.
        skull: (T, 3) the skull's joint.
        towards: (T, 3) from it to the head's top, of any length.
    """
    trunk = (joints["left_shoulder"] + joints["right_shoulder"] - joints["left_hip"] - joints["right_hip"]) / 2
    length = np.nanmedian(np.linalg.norm(trunk, axis=-1)) if np.isfinite(trunk).any() else np.nan
    unit = towards / np.maximum(np.linalg.norm(towards, axis=-1, keepdims=True), 1e-12)
    return {"nose": skull, "head": skull + _TOP * length * unit, **joints}


def upright(xyz: Array, up: str) -> Array:
    """Turned, never mirrored, so that the axis named points along y."""
    x, y, z = np.moveaxis(xyz, -1, 0)
    out = np.stack({"x": (-y, x, z), "y": (x, y, z), "z": (x, z, -y)}[up[-1]], -1)
    return out * [1, -1, -1] if up.startswith("-") else out


def fill(values: Array, rate: float, what: str, strict: bool = False) -> Array:
    """Fill missing rows: linear between their neighbours, held at the ends; up to ``LONGEST_GAP``.

    Args:
        values: (T, ..., 3), NaN where missing.
        rate: frames per second.
        what: name of the values, for the warning that tells the longest of the longer gaps, which stay.
        strict: refuse longer gaps.

    Raises:
        ValueError: ``strict``, and a longer gap.
    """
    flat = values.reshape(len(values), -1, values.shape[-1]).copy()
    gaps: list[tuple[int, int]] = []
    for column in range(flat.shape[1]):
        seen = np.isfinite(flat[:, column]).all(-1)
        flat[~seen, column] = np.nan
        holes = [(start, stop) for start, stop in segments(np.logical_not(seen))]
        short = [(start, stop) for start, stop in holes if (stop - start) / rate <= LONGEST_GAP + 1e-9 and seen.any()]
        gaps += [hole for hole in holes if hole not in short]
        rows = np.concatenate([np.arange(0), *(np.arange(start, stop) for start, stop in short)]).astype(int)
        for axis in range(flat.shape[2]) if len(rows) else ():
            flat[rows, column, axis] = np.interp(rows, np.flatnonzero(seen), flat[seen, column, axis])
    if gaps:
        start, stop = max(gaps, key=lambda gap: gap[1] - gap[0])
        others = f", and in {len(gaps) - 1} more gaps" if len(gaps) > 1 else ""
        flaws.tell(
            f"{what} is missing for {(stop - start) / rate:.2f} s from {start / rate:.2f} s on{others}",
            f"gaps of up to {LONGEST_GAP} s are filled, longer ones stay missing",
            strict,
        )
    return flat.reshape(values.shape)


def legs(xyz: Array) -> float:
    """Thigh and shank, median over frames, both sides' mean; the file's units."""
    at = {name: xyz[:, H36M17.index(name)] for name in H36M17.joints}
    bones = [(f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))]
    return float(np.median(sum(np.linalg.norm(at[a] - at[b], axis=-1) for a, b in bones)) / 2)


def tall(xyz: Array) -> float:
    """Height of the body by its legs, in the file's units."""
    return legs(xyz) / _LEGS


def upwards(take: Take, ask: ReadOptions) -> Array:
    """(3,) unit vector that points up in the file's axes, as ``finish`` takes it."""
    return axis_vector(_up(take, ask)[0])


def axis_vector(axis: str) -> Array:
    """(3,) unit vector along one of ``AXES``."""
    return np.array([axis.endswith(one) for one in "xyz"]) * (-1.0 if axis.startswith("-") else 1.0)


def stands(xyz: Array, up: Array) -> float:
    """Mean cosine between the body, from ankles to thorax, and a unit vector (3,)."""
    at = {name: xyz[:, H36M17.index(name)] for name in ("thorax", "left_ankle", "right_ankle")}
    body = at["thorax"] - (at["left_ankle"] + at["right_ankle"]) / 2
    return float(((body @ up) / np.maximum(np.linalg.norm(body, axis=-1), 1e-12)).mean())


def _unit(take: Take, ask: ReadOptions, source: object) -> tuple[float, str]:
    """Metres per unit, and in words what was assumed."""
    height = tall(take.xyz)
    if ask.metres is not None:
        return ask.metres, ""
    if take.unit is not None:
        if _SHORT / 2 < height * take.unit < _TALL * 2:
            return take.unit, ""
        raise ValueError(
            f"{source}: with {take.unit:g} m to the unit, as it should have, the body is {height * take.unit:.2f} m "
            f"tall; say the unit: {', '.join(UNITS)}"
        )
    name = min(UNITS, key=lambda unit: abs(math.log(max(height, 1e-12) * UNITS[unit] / _USUAL)))
    if not _SHORT <= height * UNITS[name] <= _TALL:
        raise ValueError(f"{source}: the body is {height:g} units tall, which fits no unit; say it: {', '.join(UNITS)}")
    return UNITS[name], f"unit {name}, by a body {height * UNITS[name]:.1f} m tall"


def _up(take: Take, ask: ReadOptions) -> tuple[str, str]:
    """The axis that points up, and in words what was assumed: the format's habit unless the body stands otherwise."""
    if ask.up or take.up:
        return ask.up or take.up or "", ""
    along = {axis: stands(take.xyz, axis_vector(axis)) for axis in AXES}
    best = max(AXES, key=lambda axis: along[axis])
    if along[take.habit] > 0.5 or along[best] < 0.7:
        return take.habit, f"{take.habit} up, as most such files" if along[take.habit] <= 0.5 else ""
    return best, f"{best} up, by how the body stands"
