"""Synthetic motion in bodies with the proportions of real dancers, measured in their keypoints.

A bone looks longest when it is parallel to the image plane; over a clip, its longest projections stand for its length.
This needs no 3D label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Keypoints2D, MotionClip
from dance3d.datasets.mocap import ANKLE_HEIGHT
from dance3d.geometry.projection import chain
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess.proportions import projected_lengths
from dance3d.synth.virtual_cameras import film

Floats = NDArray[np.float64]
_PARENTS = [max(parent, 0) for parent in H36M17.parent_indices]
_PELVIS = H36M17.index("pelvis")
_WIDTHS = H36M17.indices("left_hip", "right_hip", "left_shoulder", "right_shoulder")
# Chosen:
_LONGEST = 97.0  # percentile of projected lengths that stands for the true one
_FRONTAL = 90.0  # percentile over clips for hips and shoulders, as in many clips nobody faces the camera
_SMOOTH = 1.5  # frames of Gaussian smoothing, as noise lengthens short bones
_LEAST = 10  # frames with every joint that a clip needs
_CHANGE = 0.6, 1.4  # limits of a bone's factor


def bone_shares(tracks: Sequence[Keypoints2D]) -> Floats:
    """(C, 17) length of the bone that ends in each joint, as a share of thigh, shin and trunk together.

    One row per clip that shows the whole body for ten frames or more; both sides are averaged, and the root's share is
    0.

    Raises:
        ValueError: no clip shows the whole body.
    """
    rows = []
    for track in tracks:
        whole = track.measured.all(1) & np.isfinite(track.xy).all((1, 2))
        if whole.sum() >= _LEAST:
            points = gaussian_filter1d(track.xy[whole].astype(np.float64), _SMOOTH, axis=0, mode="nearest")
            bones = np.linalg.norm(points - points[:, _PARENTS], axis=-1)
            _, size = projected_lengths(points)
            longest = np.percentile(bones / np.maximum(size, 1e-9)[:, None], _LONGEST, axis=0)
            rows.append((longest + longest[H36M17.swap]) / 2)
    if not rows:
        raise ValueError(f"none of {len(tracks)} tracks shows the whole body for {_LEAST} frames")
    return np.array(rows)


def bone_factors(seen: Floats, invented: Floats) -> Floats:
    """(C, 17) factors from synthetic bones to those of each real clip, given the ``bone_shares`` of both.

    Both are measured in images in the same way, so that errors of the measurement cancel out.
    """
    factors = seen / np.maximum(np.median(invented, axis=0), 1e-9)
    wide = np.percentile(seen, _FRONTAL, axis=0) / np.maximum(np.percentile(invented, _FRONTAL, axis=0), 1e-9)
    factors[:, _WIDTHS] = wide[_WIDTHS]
    factors[:, _PELVIS] = 1.0
    return np.asarray(factors.clip(*_CHANGE), np.float64)


def with_bone_shares(invented: Sequence[MotionClip], seen: Floats) -> list[MotionClip]:
    """Synthetic clips, each in a body drawn from the real ones (``bone_shares``); deterministic."""
    own = bone_shares([one.keypoints for one in film(invented, cameras="random", count=1)])
    factors = bone_factors(seen, own)
    rng = np.random.default_rng(0)
    return [with_bone_factors(clip, factors[rng.integers(len(factors))]) for clip in invented]


def with_bone_factors(clip: MotionClip, factors: Floats) -> MotionClip:
    """The same motion by a body whose bones (17,) are scaled, with the lowest joint at ankle height."""
    bones = (clip.xyz - clip.xyz[:, _PARENTS]) * factors[:, None]
    out = clip.xyz[:, _PELVIS, None] + chain(bones)
    out[..., 1] -= np.percentile(out[..., 1].min(1), 2) - ANKLE_HEIGHT
    return replace(clip, xyz=out.astype(np.float32), extremities=None)
