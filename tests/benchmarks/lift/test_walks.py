"""Heights of standing feet, of lifters whose floor is right and wrong."""

import numpy as np
import pytest

from dance3d.benchmarks.lift import walks
from dance3d.contracts import Camera, MotionClip, Pose3D
from dance3d.geometry.projection import look_at
from dance3d.skeleton import CLEARANCE, H36M17

FPS, FRAMES = 30.0, 150
ANKLES = H36M17.indices("left_ankle", "right_ankle")


def walking(metres=3.0):
    """A stiff body whose feet stand in turns while it comes along x."""
    time = np.arange(FRAMES) / FPS
    body = np.random.default_rng(3).uniform([-0.2, 0.6, -0.2], [0.2, 1.7, 0.2], (17, 3))
    body[0] = (0, 0.95, 0)
    xyz = np.repeat(body[None], FRAMES, 0)
    xyz[..., 0] += metres * (time / time[-1])[:, None]
    for foot, joint in enumerate(ANKLES):
        phase = (time + foot / 2) % 1.0
        step = np.floor(time + foot / 2)
        share = step + np.clip((phase - 0.5) / 0.5, 0, 1)
        xyz[:, joint, 0] = metres * share / (FRAMES / FPS)
        xyz[:, joint, 1] = CLEARANCE["left_ankle"] + 0.15 * np.sin(np.pi * np.clip((phase - 0.5) / 0.5, 0, 1))
        xyz[:, joint, 2] = 0.1 - 0.2 * foot
    return MotionClip(xyz.astype(np.float32), FPS, "walk", "walk")


def lifter(clip, tilt):
    """Gives the true pose of every call in turn, with ``up`` wrong by so many degrees."""
    xyz, pitches = walks._coming(clip), iter(walks.PITCHES)

    def lift(tracks, settings):
        eye = np.array([0.0, walks.EYE, walks.NEAR])
        view = look_at(eye, eye + np.array([0.0, -np.tan(np.deg2rad(next(pitches))), -1.0]))
        seen = xyz @ view[:, :3].T + view[:, 3]
        turn = np.deg2rad(tilt)
        up = view[:, :3] @ [0.0, np.cos(turn), np.sin(turn)]
        return [
            Pose3D(
                (seen - seen[:, :1]).astype(np.float32), np.ones(FRAMES, bool), np.zeros(FRAMES, np.float32),
                tracks[0].time, seen[:, 0].astype(np.float32), Camera.from_field_of_view(60, tracks[0].size),
                up=up.astype(np.float32),
            )
        ]  # fmt: skip

    return lift


def test_feet_of_the_true_pose_stand_on_the_floor():
    clip = walking()
    found = walks.bench_walks([clip], lifter(clip, 0.0))
    assert found["walks.clips"] == 3 and found["walks.p90_mm"] < 15
    assert found["walks.up_degrees"] == pytest.approx(0, abs=0.1)


def test_a_floor_that_is_not_level_lifts_the_feet_of_who_comes_nearer():
    clip = walking()
    found = walks.bench_walks([clip], lifter(clip, 5.0))
    assert found["walks.up_degrees"] == pytest.approx(5, abs=0.1) and found["walks.p90_mm"] > 100


def test_a_take_that_stays_on_its_place_is_left_out():
    clip = walking(0.5)
    assert walks.bench_walks([clip], lifter(clip, 0.0)) == {"walks.clips": 0.0}
