"""Bodies with the proportions that the net knows: keypoints are scaled to those of motion capture, and poses back.

Image detectors place hips, ankles and shoulders elsewhere on the body than motion capture does: their shins are a
quarter shorter, their trunks longer. A net that expects motion capture's shins takes such a leg for a bent one. A bone
that is scaled in space is scaled equally in the image, so the keypoints' bones are scaled to the known proportions
before lifting, and the lifted bones are scaled back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import percentile_filter

from dance3d.geometry.projection import chain
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import interpolate

Floats = NDArray[np.float64]
_PELVIS, _THORAX = H36M17.index("pelvis"), H36M17.index("thorax")
_BONES = {  # by the joint at their end
    "thigh": H36M17.indices("left_knee", "right_knee"),
    "shin": H36M17.indices("left_ankle", "right_ankle"),
    "trunk": H36M17.indices("spine", "thorax"),
}
KNOWN = {"thigh": 0.286, "shin": 0.352, "trunk": 0.362}
"""Shares of thigh, shin and trunk in their sum: measured, medians over the dancers of the CMU training takes."""
TOLERANCE = 0.06
"""Chosen: logarithm of a share that is not corrected, as bodies differ and projected lengths are inexact."""
# Chosen:
LEAST_SECONDS = 0.7  # shorter clips may never show a bone at its full length
_LONGEST = 95.0  # percentile of projected lengths that stands for the true one
_SCALE_WINDOW = 61  # frames over which a person's size in the image is constant
_PARENTS = [max(parent, 0) for parent in H36M17.parent_indices]


def factors(xy: Floats, present: NDArray[np.bool_], time: Floats) -> dict[str, float]:
    """Factors of thigh, shin and trunk that give them the proportions that the net knows; 1 within the tolerance.

    Args:
        xy: (T, 17, 2) pixels, any value where not ``present``.
        present: (T, 17) bool.
        time: (T,) seconds.
    """
    same = dict.fromkeys(KNOWN, 1.0)
    needed = sorted({_PELVIS, _THORAX, *(joint for joints in _BONES.values() for joint in joints)})
    whole = present[:, needed].all(1) & present[:, H36M17.indices("left_hip", "right_hip")].all(1)
    if time[-1] - time[0] < LEAST_SECONDS or whole.sum() < 10:
        return same
    lengths, size = projected_lengths(xy[whole])
    longest = {name: float(np.percentile(length / size, _LONGEST)) for name, length in lengths.items()}
    total = sum(longest.values())
    if min(longest.values()) < 0.05 * total:
        return same
    off = {name: float(np.log(KNOWN[name] * total / longest[name])) for name in KNOWN}
    return {name: float(np.exp(np.sign(x) * max(abs(x) - TOLERANCE, 0.0))) for name, x in off.items()}


def projected_lengths(points: Floats) -> tuple[dict[str, Floats], Floats]:
    """Lengths of thigh, shin and trunk (T,) in the image, from (T, 17, 2) points, and the person's smoothed size."""
    bones = np.linalg.norm(points - points[:, _PARENTS], axis=-1)
    lengths = {
        "thigh": bones[:, _BONES["thigh"]].max(1),
        "shin": bones[:, _BONES["shin"]].max(1),
        "trunk": np.linalg.norm(points[:, _THORAX] - points[:, _PELVIS], axis=-1),
    }
    return lengths, percentile_filter(sum(lengths.values()), 90, size=_SCALE_WINDOW, mode="nearest")


def to_known(xy: Floats, present: NDArray[np.bool_], time: Floats, factor: dict[str, float]) -> Floats:
    """Keypoints with their bones scaled; missing joints are interpolated in time first.

    Args:
        xy: (T, 17, 2) pixels, any value where not ``present``.
        present: (T, 17) bool.
        time: (T,) seconds.
        factor: of ``factors``.

    Returns:
        (T, 17, 2) pixels.
    """
    if all(value == 1 for value in factor.values()):
        return xy
    filled = np.stack([interpolate(xy[:, j], present[:, j], time, time) for j in range(xy.shape[1])], 1)
    root = filled[:, _PELVIS, None]
    # A joint that is never seen may stand anywhere: those beyond it keep their offset all the same.
    return _scaled(np.where(np.isfinite(filled), filled, root) - root, factor) + root


def to_own(xyz: Floats, factor: dict[str, float]) -> Floats:
    """(T, 17, 3) lifted joints with the dancer's own proportions, at the height that the net predicts."""
    shrink = sum(KNOWN[name] / value for name, value in factor.items())
    return _scaled(xyz, {name: 1 / value for name, value in factor.items()}) / shrink


def _scaled(points: Floats, factor: dict[str, float]) -> Floats:
    """Joints around the root with scaled bones, from the root outward; parents come before their children."""
    bones = points - points[:, _PARENTS]
    for name, joints in _BONES.items():
        bones[:, joints] *= factor[name]
    return chain(bones)
