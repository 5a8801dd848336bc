import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.geometry.projection import look_at
from dance3d.movement_types import MIRROR, MOVEMENTS
from dance3d.skeleton import H36M17
from dance3d.stages.genre import features as F
from dance3d.synth.choreography import choreograph


def pair(xyz, eye=(1.0, 1.5, 4.0), fps=30.0, up=True, seed=0, prob=None):
    """A world motion (T, 17, 3) as a camera at ``eye`` has it, with random movements."""
    E = look_at(np.array(eye), np.array([0, 0.9, 0]))
    local = (xyz - xyz[:, :1]) @ E[:, :3].T
    time = np.arange(len(xyz)) / fps
    pose = Pose3D(local, np.ones(len(xyz)), np.zeros(len(xyz)), time, up=E[:, 1] if up else None)
    if prob is None:
        prob = np.random.default_rng(seed).uniform(0, 1, (len(xyz), len(MOVEMENTS)))
    return pose, Movements(prob, time)


@pytest.fixture(scope="module")
def dance():
    return choreograph("modern", 4, 1).xyz.astype(float)


def test_camera_and_body_leave_the_features(dance):
    here = F.make(*pair(dance))
    there = F.make(*pair(1.3 * dance, eye=(-3.0, 0.8, -2.0)))
    assert here.values.shape == (40, F.WIDTH) and (here.present == 1).all()
    assert np.abs(here.values - there.values).max() < 1e-3


def test_a_longer_forearm_changes_nothing_else(dance):
    stretched = dance.copy()
    elbow, wrist = H36M17.indices("left_elbow", "left_wrist")
    stretched[:, wrist] = stretched[:, elbow] + 1.4 * (stretched[:, wrist] - stretched[:, elbow])
    assert np.abs(F.make(*pair(dance)).values - F.make(*pair(stretched)).values).max() < 1e-3


def test_head_and_spine_are_not_read(dance):
    moved = dance.copy()
    moved[:, H36M17.indices("nose", "head", "spine")] += 0.1
    assert np.array_equal(F.make(*pair(dance)).values, F.make(*pair(moved)).values)


def test_an_unknown_up_is_about_right(dance):
    known, guessed = F.make(*pair(dance)).values, F.make(*pair(dance, up=False)).values
    assert np.abs(known - guessed)[:, F.MOVES : F.TURN].mean() < 0.08


def test_frame_rates_agree(dance):
    still = np.zeros((len(dance), len(MOVEMENTS)))
    whole = F.make(*pair(dance, prob=still))
    half = F.make(*pair(dance[::2], fps=15, prob=still[::2]))
    n = len(half.values)
    assert abs(n - len(whole.values)) <= 1
    assert np.abs(whole.values[: n - 1] - half.values[: n - 1])[:, : F.TURN].mean() < 0.02
    assert np.allclose(np.diff(whole.time), F.STEP)


def test_directions_are_the_dancers_own():
    """Arms: left out to the side, right forward; seen from behind."""
    xyz = choreograph("everyday", 0.2, 1).xyz[:1].astype(float).repeat(6, 0)
    for side, way in (("left", (1.0, 0, 0)), ("right", (0, 0, 1.0))):
        for joint, parent in (("elbow", "shoulder"), ("wrist", "elbow")):
            at, above = H36M17.index(f"{side}_{joint}"), H36M17.index(f"{side}_{parent}")
            xyz[:, at] = xyz[:, above] + 0.28 * np.array(way)
    got = F.make(*pair(xyz, eye=(0.5, 1.2, -4.0))).values[0, F.MOVES : F.TURN].reshape(-1, 3)
    at = {joint: got[i] for i, joint in enumerate(F.JOINTS)}
    heading = xyz[0, H36M17.index("left_hip")] - xyz[0, H36M17.index("right_hip")]
    assert heading[0] > 0.9 * np.linalg.norm(heading), "the dancer faces about +z"
    assert (at["left_wrist"] - at["left_shoulder"])[0] > 0.5
    assert (at["right_wrist"] - at["right_shoulder"])[2] > 0.5
    assert at["left_hip"][0] > 0 > at["right_hip"][0] and at["thorax"][1] > 0.4 and at["left_ankle"][1] < -0.5


def test_turning_is_signed():
    xyz = choreograph("everyday", 0.2, 1).xyz[:1].astype(float) - [0, 0, 0]
    xyz = xyz - xyz[:, :1] * [1, 0, 1]
    angle = np.arange(30) / 30 * np.pi  # half a turn to the left (counter-clockwise from above) in a second
    turn = np.stack([[np.cos(angle), 0 * angle, np.sin(angle)], [0 * angle, 1 + 0 * angle, 0 * angle]])
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    spun = np.stack([c * xyz[..., 0] + s * xyz[..., 2], xyz[..., 1] + 0 * c, c * xyz[..., 2] - s * xyz[..., 0]], -1)
    assert turn.shape == (2, 3, 30)
    assert np.allclose(F.make(*pair(spun)).values[:, F.TURN], np.pi, atol=0.02)


def test_mirror_is_the_mirrored_dancers_features(dance):
    pose, moves = pair(dance, eye=(0.0, 1.4, 4.0))
    flipped = (dance * [-1, 1, 1])[:, H36M17.swap]
    other = pair(flipped, eye=(0.0, 1.4, 4.0), prob=moves.prob[:, list(MIRROR)])
    assert np.abs(F.mirror(F.make(pose, moves).values) - F.make(*other).values).max() < 1e-3
    values = F.make(pose, moves).values
    assert np.array_equal(F.mirror(F.mirror(values)), values)


def test_missing_people_are_flagged(dance):
    pose, moves = pair(dance)
    xyz, prob = pose.xyz.copy(), moves.prob.copy()
    xyz[30:90] = prob[30:90] = np.nan  # two seconds
    xyz[100:104] = np.nan  # a blink
    got = F.make(Pose3D(xyz, pose.measured, pose.error, pose.time, up=pose.up), Movements(prob, moves.time))
    assert np.isfinite(got.values).all()
    assert (got.present[10:30] == 0).all() and (got.values[10:30] == 0).all()
    assert (got.present[:10] == 1).all() and (got.present[30:] == 1).all()
    nobody = F.make(Pose3D(np.full_like(xyz, np.nan), pose.measured, pose.error, pose.time), moves)
    assert not nobody.present.any() and not nobody.values.any()


def test_one_frame_is_one_step(dance):
    got = F.make(*pair(dance[:1]))
    assert got.values.shape == (1, F.WIDTH) and got.present[0] == 1


def seen_by(dance, picture=(1000, 1000), size=1.0, shift=(0.0, 0.0), mirrored=False):
    """The dancer on a picture, and the features that the joints there give."""
    pose, moves = pair(dance, eye=(0.0, 1.4, 4.0))
    camera = pose.xyz + np.array([0, 0, 4.0])
    xy = 500 * size * camera[..., :2] / camera[..., 2:] + 500 + np.array(shift)
    if mirrored:
        xy = ([1000, 0] + [-1, 1] * xy)[:, H36M17.swap]
    ones = np.ones(xy.shape[:2])
    return pose, moves, Keypoints2D(xy, ones, ones.astype(bool), pose.time, picture)


def test_place_and_size_on_the_picture_are_not_read(dance):
    here, there = F.make(*seen_by(dance)), F.make(*seen_by(dance, (4000, 4000), 2.5, (900.0, -60.0)))
    two = F.BLOCKS["pose2d"]
    assert np.abs(here.values - there.values).max() < 1e-3 and here.values[:, two].any()
    ankle = 3 * F.JOINTS.index("left_ankle")
    assert (here.values[:, two][:, ankle + 1] < -0.2).all(), "up is up, in body heights"
    assert (here.values[:, two][:, 2::3] == 1).all(), "all were seen"
    assert not F.make(*pair(dance)).values[:, two].any(), "zero without keypoints"


def test_mirror_is_the_mirrored_picture(dance):
    here, there = F.make(*seen_by(dance)).values, F.make(*seen_by(dance, mirrored=True)).values
    two = F.BLOCKS["pose2d"]
    assert np.abs(F.mirror(here)[:, two] - there[:, two]).max() < 1e-3


def test_unseen_joints_are_zero(dance):
    pose, moves, track = seen_by(dance)
    xy = track.xy.copy()
    xy[:, H36M17.index("left_wrist")] = np.nan
    got = F.make(pose, moves, Keypoints2D(xy, track.score, track.measured, track.time, track.size))
    at = F.BLOCKS["pose2d"].start + 3 * F.JOINTS.index("left_wrist")
    assert not got.values[:, at : at + 3].any() and np.isfinite(got.values).all()


def test_rows_must_agree(dance):
    with pytest.raises(ValueError, match="120 rows and its movements 60"):
        F.make(pair(dance)[0], pair(dance[:60])[1])
    with pytest.raises(ValueError, match="120 rows and its keypoints 60"):
        F.make(*pair(dance), seen_by(dance[:60])[2])
