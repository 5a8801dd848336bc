import numpy as np
import pytest

from dance3d.contracts import Pose3D
from dance3d.skeleton import H36M17
from dance3d.stages.genre import laban_features
from dance3d.stages.genre.features import JOINTS
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def pose():
    clip = choreograph("salsa", 6.0, 1)
    root = clip.xyz[:, H36M17.index("pelvis")]
    frames = len(clip.xyz)
    return Pose3D(
        clip.xyz - root[:, None], np.ones(frames, bool), np.zeros(frames), np.arange(frames) / clip.fps,
        root=root, up=np.array([0, 1, 0], np.float32),
    )  # fmt: skip


def described(pose):
    rows, path, _ = laban_features.rows_of(pose)
    return dict(zip(laban_features.names(), laban_features.describe(rows[:150], path[:150]), strict=True))


def test_every_statistic_has_a_name_and_a_value(pose):
    names = laban_features.names()
    assert len(names) == len(set(names)) > 55
    assert {name.partition(".")[0] for name in names} == {"body", "effort", "shape", "space", "rhythm"}
    assert np.isfinite(list(described(pose).values())).all()


def test_what_the_statistics_say():
    """A body that only swings its right hand up and down, once a second, and glides a metre to the side."""
    time = np.arange(150) / 30
    rows = np.zeros((150, 3 * len(JOINTS) + 1))
    hand = 3 * JOINTS.index("right_wrist")
    rows[:, hand + 1] = 0.3 * np.sin(2 * np.pi * time)
    path = np.stack([time / time[-1], 0 * time, 0 * time], 1)
    said = dict(zip(laban_features.names(), laban_features.describe(rows, path), strict=True))
    assert said["body.right_wrist.height.std"] == pytest.approx(0.3 / np.sqrt(2), rel=0.02)
    assert said["effort.right_wrist.speed.mean"] == pytest.approx(1.2, rel=0.03)  # four times 0.3 m a second
    assert said["effort.left_wrist.speed.mean"] == 0 == said["effort.turning.mean"]
    assert said["space.path"] == pytest.approx(1) and said["space.curvature"] == pytest.approx(0, abs=1e-9)
    assert said["space.right_wrist.reach"] == pytest.approx(0.6, rel=0.01)
    assert said["rhythm.hands.1.5-2.2"] > 0.7, "the speed has two peaks a swing"
    assert said["shape.height.mean"] == pytest.approx(0.6 / np.pi, rel=0.02)


def test_place_and_heading_do_not_matter(pose):
    turn = np.deg2rad(75)
    matrix = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    moved = Pose3D(
        pose.xyz @ matrix, pose.measured, pose.error, pose.time, root=pose.root @ matrix + [3, 0, 1], up=pose.up
    )
    one, other = described(pose), described(moved)
    for name in one:
        if name != "space.area":  # a box along two axes of the floor
            assert other[name] == pytest.approx(one[name], abs=2e-3, rel=1e-2), name


def test_a_still_dancer_and_missing_frames(pose):
    still = Pose3D(np.repeat(pose.xyz[:1], 150, 0), pose.measured[:150], pose.error[:150], pose.time[:150], up=pose.up)
    assert np.isfinite(list(described(still).values())).all()
    gone = pose.xyz.copy()
    gone[20:30] = np.nan
    holed = Pose3D(gone, np.isfinite(gone).all((1, 2)), pose.error, pose.time, root=pose.root, up=pose.up)
    assert np.isfinite(list(described(holed).values())).all() and not laban_features.rows_of(holed)[2].all()
