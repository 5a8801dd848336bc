"""Directions of feet, hands and head of rendered dancers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dance3d.benchmarks.lift import extremities
from dance3d.benchmarks.lift.extremities import angles, bench_extremities, solos
from dance3d.contracts import Pose3D
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.crowd import Crowd


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    clip = choreograph("salsa", 7.0, 1)
    made = solos([clip, replace(clip, extremities=None), clip.part(0, 40)])
    assert len(made) == 1 and made[0].people.shape[1] == round(extremities.SECONDS * clip.fps)
    return made[0]


def pose_of(crowd: Crowd, degrees: float = 0.0) -> Pose3D:
    """The true pose in the camera frame, its left hand turned by some degrees about its wrist."""
    turn = crowd.E[0][:, :3].T
    xyz = crowd.people[0] @ turn
    ends = crowd.extremities[0] @ turn
    hand, wrist = EXTREMITIES.index("left_hand"), xyz[:, H36M17.index("left_wrist")]
    way = ends[:, hand] - wrist
    across = np.cross(way, [0.3, 0.5, 0.8])
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    ends[:, hand] = wrist + Rotation.from_rotvec(np.deg2rad(degrees) * across).apply(way)
    root = xyz[:, :1]
    return Pose3D(
        xyz - root,
        np.ones(len(xyz), bool),
        np.zeros(len(xyz)),
        crowd.time,
        extremities=(ends - root).astype(np.float32),
    )


def test_angles_are_those_of_the_directions(crowd: Crowd) -> None:
    off = angles(crowd, pose_of(crowd, 35.0))
    frames = crowd.people.shape[1]
    assert off["foot"].max() < 0.1 and off["head"].max() < 0.1
    np.testing.assert_allclose(off["hand"][:frames], 35, atol=0.1)
    assert off["hand"][frames:].max() < 0.1 and len(off["hand"]) == 2 * frames


def test_figures_tell_what_is_known(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    pose = pose_of(crowd)
    ends = pose.extremities.copy()
    ends[: len(ends) // 2, EXTREMITIES.index("face")] = np.nan
    shown = replace(pose, extremities=ends)
    monkeypatch.setattr(extremities, "solos", lambda clips: [crowd])
    monkeypatch.setattr(extremities, "lifted", lambda crowds, predict: [(one, None, shown) for one in crowds])
    found = bench_extremities([], lambda *arguments: [])
    assert found["extremities.head.seen"] == 0.5 and found["extremities.hand.seen"] == 1
    assert set(found) == {f"extremities.{k}.{n}" for k in ("foot", "hand", "head") for n in ("degrees", "p90", "seen")}


def test_a_pose_without_extremities_has_no_figures(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = replace(pose_of(crowd), extremities=None)
    monkeypatch.setattr(extremities, "solos", lambda clips: [crowd])
    monkeypatch.setattr(extremities, "lifted", lambda crowds, predict: [(one, None, bare) for one in crowds])
    assert bench_extremities([], lambda *arguments: []) == {}
