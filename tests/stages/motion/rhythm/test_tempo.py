"""Beats, tempo and repeats of motion whose rhythm is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.benchmarks.motion.rhythm import FACTORS, matched, right
from dance3d.contracts import Pose3D, Repeat, Rhythm
from dance3d.pipeline.cache import Entry
from dance3d.pipeline.result_json import summary
from dance3d.pipeline.runner import Result
from dance3d.report.rhythm import told
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rhythm.tempo import rhythm
from dance3d.synth.choreography import choreograph, write
from dance3d.synth.kinematics import random_body
from dance3d.synth.random_motion import babble
from dance3d.synth.virtual_cameras import film

REST = np.array(  # x to the picture's right, y down, z away; the dancer faces the camera
    [
        *((0, 0, 0), (-0.12, 0, 0), (-0.12, 0.45, 0), (-0.12, 0.9, 0), (0.12, 0, 0), (0.12, 0.45, 0), (0.12, 0.9, 0)),
        *((0, -0.25, 0), (0, -0.5, 0), (0, -0.6, -0.1), (0, -0.7, 0), (0.18, -0.45, 0), (0.2, -0.2, 0), (0.2, 0, -0.1)),
        *((-0.18, -0.45, 0), (-0.2, -0.2, 0), (-0.2, 0, -0.1)),
    ]
)


def pose_of(xyz, time):
    frames = len(xyz)
    return Pose3D(
        xyz=xyz.astype(np.float32), measured=np.ones(frames, bool), error=np.zeros(frames, np.float32), time=time
    )


def moves(bpm, seconds=12.0, fps=30.0, noise=0.0, seed=1, time=None):
    """A body that goes from one chance posture to another within every beat and rests on the beat."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fps)) / fps if time is None else time
    beat = time * bpm / 60
    postures = REST + rng.normal(0, 0.12, (int(beat[-1]) + 2, *REST.shape)) * (np.arange(len(REST)) > 0)[:, None]
    u = beat - np.floor(beat)
    u = (u**3 * (10 - 15 * u + 6 * u * u))[:, None, None]
    at = np.floor(beat).astype(int)
    xyz = postures[at] * (1 - u) + postures[at + 1] * u
    xyz[:, 1:] += rng.normal(0, noise, xyz[:, 1:].shape)
    return pose_of(xyz, time)


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
    found = [rhythm(film([babble(15.0, seed)])[0].truth) for seed in range(4)]
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


def danced(*seeds):
    """Phrases of 6 s, one seed each, one after another."""
    phrases = {seed: moves(100, seconds=6.0, seed=seed).xyz for seed in set(seeds)}
    xyz = np.concatenate([phrases[seed] for seed in seeds])
    return pose_of(xyz, np.arange(len(xyz)) / 30)


def test_a_phrase_danced_again_is_found_where_it_is():
    (found,) = rhythm(danced(1, 2, 3, 1)).repeats
    assert found.start == pytest.approx(0, abs=0.4)
    assert found.stop == pytest.approx(6, abs=0.4)
    assert found.later == pytest.approx(18, abs=0.11)
    assert found.alike > 0.95


def test_a_phrase_is_the_same_wherever_the_dancer_faces_but_not_in_the_mirror():
    pose = danced(1, 2, 1)
    turned, mirrored = pose.xyz.copy(), pose.xyz.copy()
    turned[360:] = turned[360:] @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    mirrored[360:] = mirrored[360:, H36M17.swap] * [-1, 1, 1]
    assert rhythm(replace(pose, xyz=turned)).repeats[0].later == pytest.approx(12, abs=0.11)
    assert all(abs(one.later - 12) > 0.3 for one in rhythm(replace(pose, xyz=mirrored)).repeats)


def test_a_loop_is_told_once():
    first, *more = rhythm(danced(1, 1, 1, 1, 1)).repeats
    assert (first.later, more) == (pytest.approx(6, abs=0.11), [])
    assert first.stop - first.start == pytest.approx(24, abs=0.5)


def test_tempo_scores_say_what_they_allow():
    assert right(103.9, 100) and not right(104.1, 100) and not right(50, 100)
    assert right(50, 100, FACTORS) and right(310, 100, FACTORS) and not right(150, 100, FACTORS)


def test_a_true_beat_is_matched_once():
    assert matched(np.array([0.95, 1.05, 2.2]), np.array([1.0, 2.0])) == 1
    assert matched(np.array([0.93, 2.07]), np.array([1.0, 2.0])) == 2
    assert matched(np.array([]), np.array([1.0])) == 0


def test_words_for_a_rhythm():
    assert told(None) is None
    nothing = told(Rhythm())
    assert nothing.headline == "No steady beat" and "never rests" in nothing.text
    assert told(Rhythm(120, 0.4)).headline == "No steady beat"
    found = told(Rhythm(120, 0.6, (1.0, 2.0), (Repeat(0, 4, 8, 0.97), Repeat(0, 9, 3, 0.85))))
    assert found.headline == "120 beats per minute" and found.perhaps and "rest 2 times" in found.text
    assert [(p.start, p.stop, p.again, p.words) for p in found.phrases] == [
        (0, 4, 8, "the same"),
        (0, 12, None, "over and over, every 3.0 s, alike"),
    ]
    assert not told(Rhythm(120, 0.9)).perhaps


def test_result_json_has_the_rhythm_of_every_dancer():
    clip = fake_clip(1)
    plain = fake_dancer(clip.time)
    heard = replace(
        plain, movements=replace(plain.movements, rhythm=Rhythm(96.25, 0.9, (0.5,), (Repeat(0, 4, 8, 0.97),)))
    )
    fresh = Result(Entry("lift", "key", Path(), {}, ()), Pose3D, False, 0.0, "")
    found = summary({}, clip, [heard, plain], {"lift": fresh}, None, [])["dancers"]
    repeat = {"start": 0, "stop": 4, "later": 8, "alike": 0.97}
    assert found[0]["rhythm"] == {"tempo": 96.25, "sure": 0.9, "beats": [0.5], "repeats": [repeat]}
    assert found[1]["rhythm"] is None
