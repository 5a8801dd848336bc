"""How far a joint in space may be off: error bars of every joint and frame.

Four things tell how uncertain a joint is: how far the net's answers of the picture and of its mirror image lie apart,
how far the joint lies from its keypoint, the keypoint's score, and the time since it was last measured. The log of the
error bar is linear in them (quantile regression), fitted on rendered films of couples 1 to 4 that the default detector
read (``benchmarks.lift.error_bars.fit``); its figures are of other couples and of a real clip.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17

Floats = NDArray[np.float64]
SHARE = 0.68
"""Probability that a joint is within its error bar."""
LONGEST = 1.0
"""Seconds without a measured keypoint that count."""
NEAREST, FAR = 0.3, 0.1
"""Metres, chosen: a dancer is never nearer to the camera; how far a joint without keypoint counts to be off."""
APART, OFF = 0.01, 0.005
"""Metres added before the logs are taken, so that exact agreement is no certainty."""
# Log metres of each kind of joint, both sides alike; factors of the logs of metres apart and off, of the missing score
# and of seconds unmeasured.
BASE = {
    "ankle": -1.07,
    "elbow": -1.17,
    "head": -1.51,
    "hip": -2.42,
    "knee": -1.30,
    "nose": -1.75,
    "shoulder": -1.59,
    "spine": -1.90,
    "thorax": -1.77,
    "wrist": -0.95,
}
FACTORS = (0.198, 0.115, 0.755, 1.383)


def of_pose(pose: Pose3D, track: Keypoints2D, apart: Floats) -> NDArray[np.float32]:
    """(T, 17) metres: the error bars of a pose with its path, NaN where there is none.

    Args:
        pose: with ``root`` and ``camera``.
        track: the keypoints that it was lifted from.
        apart: as of ``features``.
    """
    return np.where(np.isfinite(pose.xyz).all(-1), error_bars(*evidence(pose, track, apart)), np.nan).astype(np.float32)


def evidence(pose: Pose3D, track: Keypoints2D, apart: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """What ``features`` takes, of a pose; finite everywhere.

    Args:
        pose: as of ``of_pose``.
        track: likewise.
        apart: likewise.
    """
    assert pose.root is not None and pose.camera is not None
    joints = pose.xyz.astype(np.float64) + pose.root[:, None]
    seen = np.isfinite(track.xy).all(-1) & (track.score > 0) & np.isfinite(joints).all(-1)
    joints = np.where(seen[..., None], joints, 1.0)
    depth = np.maximum(joints[..., 2], NEAREST)
    pixels = project(np.dstack([joints[..., :2], depth]), pose.camera.focal, np.array(pose.camera.centre))
    off = np.where(seen, np.linalg.norm(pixels - np.nan_to_num(track.xy), axis=-1) * depth / pose.camera.focal, FAR)
    return apart, off, np.where(seen, track.score, 0.0), seconds_unmeasured(track.measured, track.time)


def kinds() -> list[str]:
    """The kind of each of the 17 joints, without its side."""
    return [name.removeprefix("left_").removeprefix("right_") for name in H36M17.joints]


def features(apart: Floats, off: Floats, score: Floats, unmeasured: Floats) -> Floats:
    """(T, 17, 4) what the log of the error bar is linear in.

    Args:
        apart: (T, 17) metres between the net's answers of the picture and of its mirror image.
        off: (T, 17) metres between the joint and its keypoint's ray.
        score: (T, 17) of the keypoint, 0..1.
        unmeasured: (T, 17) seconds to the nearest frame in which the keypoint was measured.
    """
    known = [np.log(apart + APART), np.log(off + OFF), 1 - score, np.minimum(unmeasured, LONGEST)]
    return np.stack(known, -1).astype(np.float64)


def error_bars(apart: Floats, off: Floats, score: Floats, unmeasured: Floats) -> Floats:
    """(T, 17) metres, relative to the pelvis and but for the body's size; 0 for the pelvis itself.

    Args:
        apart: as of ``features``.
        off: likewise.
        score: likewise.
        unmeasured: likewise.
    """
    base = np.array([BASE.get(kind, -np.inf) for kind in kinds()])
    return np.asarray(np.exp(base + features(apart, off, score, unmeasured) @ FACTORS), np.float64)


def seconds_unmeasured(measured: NDArray[np.bool_], time: Floats) -> Floats:
    """(T, J) seconds from each frame to the nearest in which the keypoint (T, J) was measured; infinite if none is."""
    before, after = np.full(measured.shape, np.inf), np.full(measured.shape, np.inf)
    for joint in range(measured.shape[1]):
        rows = np.flatnonzero(measured[:, joint])
        if len(rows):
            last = np.searchsorted(rows, np.arange(len(time)), side="right") - 1
            following = np.searchsorted(rows, np.arange(len(time)))
            since = time - time[rows[np.maximum(last, 0)]]
            until = time[rows[np.minimum(following, len(rows) - 1)]] - time
            before[:, joint] = np.where(last >= 0, since, np.inf)
            after[:, joint] = np.where(following < len(rows), until, np.inf)
    return np.asarray(np.minimum(before, after))
