from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.io.world_frame import to_world
from dance3d.report.curves import WITHIN, curves
from dance3d.skeleton import H36M17


def named(pose):
    """Curves by figure and side."""
    return {(one.figure, one.side): one for one in curves(pose, to_world(pose))}


def bent(degrees, frames=60):
    """A pose whose left elbow is bent by so many degrees, with a doubt of 5 cm."""
    clip = fake_clip(frames / 25)
    pose = fake_dancer(clip.time).pose
    xyz = pose.xyz.copy()
    shoulder, elbow, wrist = H36M17.indices("left_shoulder", "left_elbow", "left_wrist")
    turn = np.radians(degrees)
    xyz[:, shoulder], xyz[:, elbow] = (0, -0.5, 0), (0.3, -0.5, 0)
    xyz[:, wrist] = (0.3 + 0.25 * np.cos(turn), -0.5 + 0.25 * np.sin(turn), 0)
    return replace(pose, xyz=xyz, doubt=np.full(xyz.shape[:2], 0.05, np.float32))


def test_a_bend_is_zero_when_straight():
    for degrees in (0, 30, 90):
        curve = named(bent(degrees))["Elbow bend", "left"]
        np.testing.assert_allclose(curve.values, degrees, atol=0.1)
        assert curve.unit == "degrees" and curve.group == "Joint angles"


def test_the_band_is_what_random_errors_of_the_joints_make():
    pose, rng = bent(60, frames=4000), np.random.default_rng(0)
    shaken = pose.xyz + rng.normal(size=pose.xyz.shape) * 0.05 / WITHIN
    curve, seen = named(pose)["Elbow bend", "left"], named(replace(pose, xyz=shaken.astype(np.float32)))
    assert abs(np.std(seen["Elbow bend", "left"].values) / np.median(curve.within) - 1) < 0.05
    off = seen["Thigh off the trunk", "left"].values - named(pose)["Thigh off the trunk", "left"].values
    assert np.std(off) < 1.3 * np.nanmedian(named(pose)["Thigh off the trunk", "left"].within)


def test_without_doubt_there_is_no_band_and_missing_frames_stay_missing():
    clip = fake_clip(2)
    found = named(fake_dancer(clip.time, missing=[5, 6]).pose)
    assert all(np.isnan(one.within).all() for one in found.values())
    for one in found.values():
        assert one.values.shape == (50,) and np.isnan(one.values[[5, 6]]).all() and np.isfinite(one.values[20])


def test_a_speed_and_who_moves_more():
    pose = bent(0, frames=100)
    xyz, time = pose.xyz.copy(), pose.time
    xyz[:, H36M17.index("left_wrist")] = np.stack([0.5 * time, 0 * time, 0 * time], 1)
    xyz[:, H36M17.index("right_wrist")] = (0.3, 0, 0)
    found = named(replace(pose, xyz=xyz))
    speed = found["Hands around the pelvis", "left"]
    np.testing.assert_allclose(speed.values[20:80], 0.5, atol=1e-3)
    np.testing.assert_allclose(speed.within, 0.05 / WITHIN / 0.5, rtol=1e-4)
    np.testing.assert_allclose(found["Hands: left over right", "mid"].values[20:80], 100, atol=0.1)


def test_nobody_has_no_curves():
    clip = fake_clip(1)
    pose = fake_dancer(clip.time, missing=range(25)).pose
    assert curves(pose, to_world(pose)) == ()


def test_the_trunk_leans_and_travels_as_the_world_says():
    pose = bent(0)
    world = np.zeros((60, 17, 3))
    world[..., 0] = 0.5 * pose.time[:, None]  # everything travels at 0.5 m/s
    world[:, H36M17.index("thorax")] += [0.3, 0.3, 0]
    found = {(one.figure, one.side): one.values for one in curves(pose, world)}
    np.testing.assert_allclose(found["Trunk off upright", "mid"], 45)
    np.testing.assert_allclose(found["Pelvis through the room", "mid"][20:40], 0.5, atol=1e-3)
