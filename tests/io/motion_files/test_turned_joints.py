"""Toes, heels, hands and face that turn with the joints of a take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dance3d.geometry.extremities import PARENTS
from dance3d.geometry.vectors import degrees_between
from dance3d.io.bvh import Bvh
from dance3d.io.motion_files import read_motion
from dance3d.io.motion_files.turned_joints import Body, extremities
from dance3d.skeleton import EXTREMITIES, H36M17

TALL = 1.72
UP = np.array([0.0, 1.0, 0.0])


def standing(frames: int = 40) -> np.ndarray:
    """(T, 17, 3) a body that stands and faces z, its left ankle 8 cm above the floor."""
    xyz = np.zeros((frames, len(H36M17.joints), 3))
    places = {"left_ankle": (0.1, 0.08, 0), "pelvis": (0, 0.95, 0), "thorax": (0, 1.45, 0), "nose": (0, 1.6, 0)}
    places |= {"left_shoulder": (0.2, 1.45, 0), "right_shoulder": (-0.2, 1.45, 0)}
    places |= {"left_elbow": (0.2, 1.15, 0), "left_wrist": (0.2, 0.9, 0)}
    for joint, place in places.items():
        xyz[:, H36M17.index(joint)] = place
    return xyz


def turned(degrees: np.ndarray) -> np.ndarray:
    """(T, 3, 3) rotations about x."""
    c, s, o = (f(np.deg2rad(degrees)) for f in (np.cos, np.sin, np.zeros_like))
    return np.stack([o + 1, o, o, o, c, -s, o, s, c], -1).reshape(-1, 3, 3)


def take(pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The extremities of a body whose left foot, hand and head turn about x by degrees (T,), and its joints."""
    xyz = standing(len(pitch))
    names = ["foot", "foot_End", "hand", "head"]
    joints = ("left_ankle", "left_wrist", "nose")
    foot, hand, head = (xyz[:, H36M17.index(joint)] for joint in joints)
    rotation = turned(pitch)
    position = np.stack([foot, foot + rotation @ np.array([0, -0.03, 0.13]), hand, head], 1)
    channels = [["Xrotation"], [], ["Xrotation"], ["Xrotation"]]
    bvh = Bvh(names, [-1, 0, -1, -1], np.zeros((4, 3)), channels, 1 / 30, np.zeros((len(pitch), 3)))
    named = dict(zip(joints, ("foot", "hand", "head"), strict=True))
    every = np.repeat(rotation[:, None], 4, axis=1)
    return extremities(bvh, position, every, Body(xyz, UP, TALL, 30.0), named), xyz


def test_points_lie_where_they_should_and_turn_with_their_joint() -> None:
    pitch = np.where(np.arange(40) < 30, 0.0, 40.0)
    found, xyz = take(pitch)
    ankle, wrist, nose = (xyz[:, H36M17.index(j)] for j in ("left_ankle", "left_wrist", "nose"))
    wanted = {
        "left_heel": ankle + turned(pitch) @ np.array([0, -0.07, -0.045]),
        "left_toe": ankle + turned(pitch) @ np.array([0, -0.065, 0.185]),
        "left_hand": wrist + turned(pitch) @ np.array([0, -0.085, 0]),
        "face": nose + turned(pitch) @ np.array([0, -0.01, 0.11]),
    }
    for point, place in wanted.items():
        np.testing.assert_allclose(found[:, EXTREMITIES.index(point)], place, atol=1e-9)
    assert np.isnan(found[:, EXTREMITIES.index("right_toe")]).all()


def test_a_file_that_does_not_turn_the_joints_has_none() -> None:
    assert np.isnan(take(np.zeros(40))[0]).all()


@pytest.mark.parametrize("name", ["salsa/salsa_01", "general/02_01", "stylised/55_01", "break/85_14"])
def test_feet_of_real_takes_stand_on_the_floor(data_dir: Path, name: str) -> None:
    clip = read_motion(data_dir / "mocap" / "cmu" / f"{name}.bvh.gz", fps=30)
    assert clip.extremities is not None
    parents = clip.xyz[:, [H36M17.index(joint) for joint in PARENTS]]
    length = np.linalg.norm(clip.extremities - parents, axis=-1)
    assert np.isfinite(length).all()
    assert np.ptp(length[:, EXTREMITIES.index("left_heel")]) < 1e-3
    for point, low, high in (("left_toe", 0.17, 0.21), ("left_heel", 0.07, 0.09), ("face", 0.09, 0.12)):
        assert low < length[:, EXTREMITIES.index(point)].mean() < high
    for point in ("left_toe", "right_toe", "left_heel", "right_heel"):
        assert -0.06 < np.percentile(clip.extremities[:, EXTREMITIES.index(point), 1], 5) < 0.04


def test_hands_go_on_as_forearms_on_average(data_dir: Path) -> None:
    clip = read_motion(data_dir / "mocap" / "cmu" / "salsa" / "salsa_01.bvh.gz", fps=30)
    assert clip.extremities is not None
    at = {joint: clip.xyz[:, H36M17.index(joint)].astype(float) for joint in ("left_elbow", "left_wrist")}
    hand = clip.extremities[:, EXTREMITIES.index("left_hand")] - at["left_wrist"]
    off = degrees_between(hand.astype(float), at["left_wrist"] - at["left_elbow"])
    assert np.median(off) < 15 < np.max(off)
