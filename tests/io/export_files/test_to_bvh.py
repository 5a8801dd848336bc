"""The BVH writer, read back by pybvh: an independent reader."""

from dataclasses import replace

import numpy as np
import pytest
from rest_bodies import body, dancing
from tumbling_bodies import pose_of, tumble

from dance3d.geometry.bones import BONE_NAMES
from dance3d.geometry.rotations import angle_between
from dance3d.io.bvh import read_bvh, transforms
from dance3d.io.export_files import to_bvh
from dance3d.io.export_files.animation_joints import JOINTS, NAMES, NODES
from dance3d.io.motion_files import read_motion
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.skeleton import EXTREMITIES, H36M17

pybvh = pytest.importorskip("pybvh")
ENDS = ("left_toe", "right_toe", "left_hand", "right_hand")


def read(path):
    """Positions (T, 17, 3) by joint name, and the frame time."""
    bvh = pybvh.read_bvh_file(path, world_up="+y")
    names = [node.name for node in bvh.nodes if not node.is_end_site()]
    mine = next(mine for mine in NAMES.values() if mine["Chest"] in names)
    columns = [names.index(mine[JOINTS[joint]]) for joint in H36M17.joints]
    return bvh.joint_positions()[:, columns], bvh.frame_time


@pytest.mark.parametrize("stretch", [0.0, 0.02, 0.4])
def test_joints_come_back_within_half_a_millimetre(tmp_path, stretch):
    up = np.array([0.1, -1, 0.2]) / np.linalg.norm([0.1, -1, 0.2])
    root = np.random.default_rng(1).normal((0, 0, 4), 1, (120, 3))
    pose = pose_of(tumble(stretch=stretch), root=root, up=up)
    origin = scene_origin([pose])
    to_bvh.write_bvh(pose, tmp_path / "a.bvh", origin)
    positions, step = read(tmp_path / "a.bvh")
    assert np.abs(positions - to_world(pose, origin)).max() < 5e-4
    assert step == pytest.approx(1 / 25)


def test_missing_frames_are_bridged_and_known_ones_kept(tmp_path):
    xyz = tumble(60)
    holed = xyz.copy()
    holed[:4], holed[20:30], holed[40, H36M17.index("left_wrist")] = np.nan, np.nan, np.nan
    to_bvh.write_bvh(pose_of(holed), tmp_path / "a.bvh")
    positions, _ = read(tmp_path / "a.bvh")
    known = np.isfinite(holed)
    assert len(positions) == 60 and np.isfinite(positions).all()
    wanted = to_world(pose_of(holed))
    assert np.abs(positions - wanted)[known].max() < 5e-4
    np.testing.assert_allclose(positions[0], positions[4], atol=1e-5)  # held before the first known frame


@pytest.mark.parametrize("frames", [1, 8])
def test_nobody_in_sight_gives_a_valid_file(tmp_path, frames):
    to_bvh.write_bvh(pose_of(np.full((frames, 17, 3), np.nan)), tmp_path / "a.bvh")
    positions, _ = read(tmp_path / "a.bvh")
    assert positions.shape == (frames, 17, 3) and not positions.any()


def test_uneven_times_are_resampled_at_the_median_rate(tmp_path):
    time = np.concatenate([np.arange(10), 12.2 + np.arange(10)]) / 25
    xyz = tumble(20)
    to_bvh.write_bvh(pose_of(xyz, time=time), tmp_path / "a.bvh")
    positions, step = read(tmp_path / "a.bvh")
    assert step == pytest.approx(1 / 25) and len(positions) == 22
    assert np.abs(positions[:10] - to_world(pose_of(xyz, time=time))[:10]).max() < 5e-4


def test_jittered_container_times_keep_one_motion_frame_per_row():
    time = np.round(np.arange(100) / 30, 3)  # milliseconds, as in Matroska
    even, step = to_bvh.even_times(time)
    assert len(even) == 100 and step == pytest.approx(1 / 30, abs=1e-4)


def test_angles_do_not_jump():
    """A full slow turn about the vertical, leaning: Euler angles run on beyond 180 degrees instead of wrapping."""
    angle = np.linspace(0, 4 * np.pi, 400)
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.stack([c, zero, s, zero, one, zero, -s, zero, c], -1).reshape(-1, 1, 3, 3)
    degrees = to_bvh.continuous(to_bvh.angles_zxy(turn))
    assert np.abs(np.diff(degrees, axis=0)).max() < 3
    assert abs(degrees[-1, 0, 2]) == pytest.approx(720, abs=1)


def test_nan_is_refused_by_the_file_writer(tmp_path):
    with pytest.raises(ValueError, match="frame 1"):
        root = np.array([[0, 0, 0], [0, np.nan, 0]])
        to_bvh.write_motion(tmp_path / "a.bvh", "HIERARCHY\n", root, np.zeros((2, 1, 3)), 0.04)


def test_a_gap_with_room_for_millions_of_frames_makes_no_such_file():
    even, step = to_bvh.even_times(np.append(np.arange(100) * 1e-4, 7000.0))
    assert len(even) <= 1_000_001 and step == pytest.approx(0.007)


@pytest.fixture(scope="module")
def danced(tmp_path_factory):
    """Rotations of a dancer with feet, hands and a face, and the file that was written of him, by our own reader."""
    turns = dancing(np.arange(100) / 25)
    xyz, extremities = (points * [1, -1, -1] for points in body(turns))
    path = tmp_path_factory.mktemp("bvh") / "a.bvh"
    to_bvh.write_bvh(pose_of(xyz, extremities=extremities.astype(np.float32)), path)
    return turns, read_bvh(path, strict=True)


def test_the_twist_of_every_bone_is_in_the_file(danced):
    turns, bvh = danced
    _, world = transforms(bvh)
    for node in NODES:
        if node.bone in ("lower_back", "neck"):  # of which the dancer does not say how twisted they are
            continue
        found = world[:, bvh.names.index(node.name)]
        off = np.degrees(angle_between(found, turns[:, BONE_NAMES.index(node.bone)]))
        assert np.median(off) < 1 and np.percentile(off, 95) < 5, node.name


def test_feet_hands_and_head_end_where_they_are(danced):
    turns, bvh = danced
    xyz, extremities = body(turns)
    position, _ = transforms(bvh)
    ends = position[:, [bvh.names.index(f"{name}_End") for name in ("LeftFoot", "RightFoot", "LeftHand", "RightHand")]]
    np.testing.assert_allclose(ends, extremities[:, [EXTREMITIES.index(name) for name in ENDS]], atol=1e-4)
    top = position[:, bvh.names.index("HeadTop")]
    np.testing.assert_allclose(top, xyz[:, H36M17.index("head")], atol=1e-4)


def test_euler_angles_of_a_dance_run_on(danced):
    _, bvh = danced
    steps = np.abs(np.diff(bvh.motion[:, 3:], axis=0))
    assert steps.max() < 120 and np.percentile(steps, 99) < 30  # fast only where x comes near 90 degrees


@pytest.mark.parametrize("names", NAMES)
def test_every_preset_has_bones_of_some_length_and_hips_above_the_floor(tmp_path, names):
    xyz, extremities = (points * [1, -1, -1] for points in body(dancing(np.arange(30) / 25)))
    pose = pose_of(xyz, extremities=extremities.astype(np.float32))
    to_bvh.write_bvh(pose, tmp_path / "a.bvh", names=names)
    found = read_bvh(tmp_path / "a.bvh", strict=True)
    assert np.linalg.norm(found.offsets, axis=-1).min() > 0.5 * to_bvh.BRANCH
    rest, _ = transforms(replace(found, channels=[[] for _ in found.names]))
    assert 0 < rest[0, :, 1].min() < 0.03 and found.offsets[0, 1] > 0.8
    places, _ = transforms(found)
    mine = [found.names.index(NAMES[names][JOINTS[joint]]) for joint in H36M17.joints]
    assert np.abs(places[:, mine] - to_world(pose)).max() < 5e-4


@pytest.mark.parametrize("names", NAMES)
def test_every_preset_is_read_back(tmp_path, names):
    xyz, _ = (points * [1, -1, -1] for points in body(dancing(np.arange(60) / 25)))
    to_bvh.write_bvh(pose_of(xyz), tmp_path / "a.bvh", names=names)
    found = read_motion(tmp_path / "a.bvh").xyz
    ankles = H36M17.indices("left_ankle", "right_ankle")
    span = np.ptp(found[:, ankles], axis=(0, 1)) / np.ptp((xyz * [1, -1, -1])[:, ankles], axis=(0, 1))
    np.testing.assert_allclose(span, 1, rtol=0.05)  # in metres, whatever the names
