"""Beats, tempo and repeats of motion whose rhythm is known."""

from dataclasses import replace

import numpy as np
import pytest
from rhythmic_motion import REST, moves, pose_of

from dance3d.benchmarks.motion.rhythm import matched, right
from dance3d.contracts import Pose3D, Rhythm
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rhythm.tempo import rhythm
from dance3d.synth.choreography import choreograph, write
from dance3d.synth.kinematics import random_body
from dance3d.synth.random_motion import random_motion
from dance3d.synth.virtual_cameras import film


def expected(bpm, seconds):
    return np.arange(1, seconds * bpm / 60) * 60 / bpm


@pytest.mark.parametrize("fps", [25.0, 30.0, 59.94, 120.0])
def test_beats_lie_where_the_body_rests_at_any_frame_rate(fps):
    found = rhythm(moves(100, fps=fps, noise=0.01))
    true = expected(100, 12.0 - 0.1)
    assert len(found.beats) == len(true)
    assert np.abs(np.array(found.beats) - true).max() < 0.04
    assert found.tempo == pytest.approx(100, rel=0.02)
    assert found.sure > 0.5


def test_times_may_be_uneven():
    rng = np.random.default_rng(3)
    time = np.cumsum(rng.uniform(0.02, 0.055, 320))
    found = rhythm(moves(90, time=time - time[0]))
    assert found.tempo == pytest.approx(90, rel=0.03)
    true = expected(90, time[-1] - time[0] - 0.5)
    assert matched(np.array(found.beats), true) == len(true)
    assert len(found.beats) <= len(true) + 1


@pytest.mark.parametrize("slower", [0.8, 1.25])
def test_tempo_follows_when_a_take_is_played_slower(slower):
    pose = film([choreograph("indian", 16.0, 4)])[0].truth
    again = rhythm(replace(pose, time=pose.time * slower))
    assert again.tempo == pytest.approx(rhythm(pose).tempo / slower, rel=0.03)


@pytest.mark.parametrize(("style", "seed"), [("salsa", 7), ("indian", 8), ("everyday", 9)])
def test_tempo_of_an_invented_dance_is_that_of_its_score(style, seed):
    truth = 60 / write(style, 20.0, seed, random_body(np.random.default_rng([seed, 0]))).beat
    found = rhythm(film([choreograph(style, 20.0, seed)])[0].truth)
    assert right(found.tempo, truth)
    assert found.sure > 0.5


def test_motion_without_a_beat_is_not_sure():
    found = [rhythm(film([random_motion(15.0, seed)])[0].truth) for seed in range(4)]
    assert max(one.sure for one in found) < 0.5
    assert all(one.repeats == () for one in found)


def test_no_beat_and_no_repeat_touches_a_gap():
    pose = moves(100, seconds=16.0)
    xyz = pose.xyz.copy()
    xyz[150:240] = np.nan
    found = rhythm(replace(pose, xyz=xyz))
    beats = np.array(found.beats)
    assert not ((beats > pose.time[149]) & (beats < pose.time[240])).any()
    assert matched(beats, expected(100, 5.0 - 0.1)) >= 7 and (beats > 8).sum() >= 11
    assert found.tempo == pytest.approx(100, rel=0.03)


def test_joints_that_come_and_go_or_never_come_are_passed_over():
    pose = moves(100)
    xyz = pose.xyz.copy()
    xyz[:, [H36M17.index(f"{side}_ankle") for side in ("left", "right")]] = np.nan
    xyz[np.random.default_rng(0).random(len(xyz)) < 0.2, H36M17.index("left_wrist")] = np.nan
    found = rhythm(replace(pose, xyz=xyz))
    assert found.tempo == pytest.approx(100, rel=0.03)
    assert matched(np.array(found.beats), expected(100, 11.9)) >= 17


def still(frames, noise):
    xyz = np.tile(REST, (frames, 1, 1)) + np.random.default_rng(0).normal(0, noise, (frames, *REST.shape))
    return pose_of(xyz - xyz[:, :1], np.arange(frames) / 30)


def test_a_still_dancer_keeps_no_rhythm():
    assert rhythm(still(300, 0.0)) == Rhythm()
    jittering = rhythm(still(300, 0.003))
    assert (jittering.beats, jittering.repeats) == ((), ()) and jittering.sure < 0.2


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 40])
def test_short_clips_have_an_answer(frames):
    found = rhythm(still(frames, 0.05))
    assert 0 <= found.sure <= 1 and found.repeats == ()


def test_a_dancer_who_is_never_seen_keeps_no_rhythm():
    pose = still(60, 0.0)
    assert rhythm(replace(pose, xyz=np.full_like(pose.xyz, np.nan))) == Rhythm()


def test_another_skeleton_is_refused():
    pose = Pose3D(np.zeros((3, 17, 3)), np.ones(3, bool), np.zeros(3), np.arange(3) / 30, skeleton="coco17")
    with pytest.raises(ValueError, match="reads skeleton h36m17, the pose has coco17"):
        rhythm(pose)
