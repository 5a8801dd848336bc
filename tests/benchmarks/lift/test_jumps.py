"""Jumps of lifted takes."""

from __future__ import annotations

import numpy as np
import pytest

from dance3d.benchmarks.lift.jumps import bench_jumps
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.skeleton import H36M17


def hopping(lift_off: tuple[float, ...]) -> MotionClip:
    """A body that stands and goes up by 30 cm for half a second at some seconds."""
    time = np.arange(180) / 30
    rise = np.zeros(180) + sum(0.3 * np.clip(1 - ((time - at - 0.25) / 0.25) ** 2, 0, None) for at in lift_off)
    places = {"pelvis": (0, 0.95, 0), "spine": (0, 1.2, 0), "thorax": (0, 1.45, 0), "nose": (0, 1.6, 0.03)}
    places |= {"head": (0, 1.75, 0)}
    for side, x in (("left", 0.1), ("right", -0.1)):
        places |= {f"{side}_hip": (x, 0.93, 0), f"{side}_knee": (x, 0.5, 0.02), f"{side}_ankle": (x, 0.08, 0)}
        places |= {f"{side}_shoulder": (1.8 * x, 1.43, 0), f"{side}_elbow": (2.2 * x, 1.15, 0)}
        places |= {f"{side}_wrist": (2.4 * x, 0.9, 0)}
    body = np.array([places[joint] for joint in H36M17.joints], float)
    xyz = body + np.stack([np.zeros(180), rise, np.zeros(180)], -1)[:, None]
    return MotionClip(xyz.astype(np.float32), 30.0, "hops", "hops")


def true_pose(clip: MotionClip) -> Pose3D:
    xyz = clip.xyz.astype(float)
    time = np.arange(len(xyz)) / clip.fps
    return Pose3D(
        xyz - xyz[:, :1], np.ones(len(xyz), bool), np.zeros(len(xyz)), time, root=xyz[:, 0], up=np.array([0, 1.0, 0])
    )


def test_jumps_that_are_found_missed_and_made_up() -> None:
    seen: list[Keypoints2D] = []

    def lift(tracks, settings):
        seen.extend(tracks)
        return [true_pose(hopping((1.0, 4.0, 5.2)))]

    found = bench_jumps([hopping(()), hopping((1.0, 2.5, 4.0))], lift)
    assert found["jumps.true"] == 3 and found["jumps.recall"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["jumps.precision"] == pytest.approx(2 / 3, abs=1e-3) and found["jumps.upright.recall"] < 0.7
    (track,) = seen  # the take without a jump is left out
    assert np.isfinite(track.xy).all() and (track.xy > 0).all() and (track.xy < [1280, 720]).all()


def test_takes_without_jumps_have_none() -> None:
    assert bench_jumps([hopping(())], lambda tracks, settings: []) == {"jumps.true": 0.0}
