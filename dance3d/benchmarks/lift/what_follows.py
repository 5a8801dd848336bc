"""How much a pose gains from what follows it: the price of showing a dancer sooner, for ``dance3d live``.

``python -c "from dance3d.benchmarks.lift.what_follows import bench; print(bench())"``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dance3d.api import predict
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.synth.virtual_cameras import Filmed, film

FOLLOWING = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5)
"""Seconds of keypoints behind the pose."""
SECONDS, EVERY, NOISE = 4.0, 2.0, 5.0
"""Chosen: seconds of a stretch, as ``dance3d live`` lifts; from one judged pose to the next; pixels of white noise."""


def bench(data: Path | None = None) -> dict[str, float]:
    """The figures of ``bench_following``, of the takes held out for testing, or of every take of a folder."""
    return bench_following(bench_takes(data))


def bench_following(clips: Sequence[MotionClip]) -> dict[str, float]:
    """Lift stretches that end so many seconds behind a moment, and judge the pose of this moment.

    Args:
        clips: true motion.

    Returns:
        ``following.<seconds>.mpjpe``: mm, of the same ``following.moments`` for every number of seconds.
    """
    filmed = film(clips, NOISE)[:: max(len(film(clips[:1], NOISE)), 1)]  # one camera of each
    off = {seconds: [value for one in filmed for value in _off(one, seconds)] for seconds in FOLLOWING}
    out = {f"following.{seconds:g}.mpjpe": round(1000 * float(np.mean(some)), 1) for seconds, some in off.items()}
    return {"following.moments": float(len(off[FOLLOWING[0]])), **out}


def _off(one: Filmed, seconds: float) -> list[float]:
    """Metres by which joints are off, at each judged moment of a take; none of one that is too short."""
    fps = one.truth.fps
    first, last = round(SECONDS * fps), len(one.truth.xyz) - round(max(FOLLOWING) * fps) - 1
    assert one.truth.camera is not None
    view = {"field_of_view": one.truth.camera.field_of_view, "floor": False}
    off = []
    for row in range(first, last, max(round(EVERY * fps), 1)):
        stop = row + round(seconds * fps) + 1
        (pose,) = predict("lift", {"keypoints": [_rows(one.keypoints, stop - first, stop)]}, view)
        assert isinstance(pose, Pose3D)
        found = pose.xyz[row - (stop - first)]
        off.append(float(np.linalg.norm(found - one.truth.xyz[row], axis=-1).mean()))
    return off


def _rows(track: Keypoints2D, start: int, stop: int) -> Keypoints2D:
    """Some rows of a track without extremities."""
    part = slice(start, stop)
    return replace(
        track,
        **{name: getattr(track, name)[part] for name in ("xy", "score", "measured", "time")},
        raw=None if track.raw is None else track.raw[part],
        extremities=None,
    )
