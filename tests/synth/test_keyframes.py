import numpy as np
import pytest

from dance3d.synth.keyframes import ARMS, SCALARS, Keyframes, KeyframeTrack, slerp


def score(seed=0):
    return Keyframes(np.random.default_rng(seed), beat=0.5, leg=0.9, hip=0.1)


def value(track, seconds):
    before, after, share = track.sample(np.array([seconds]))
    return before[0] + (after[0] - before[0]) * share[0]


def test_a_track_stays_moves_and_stays():
    track = KeyframeTrack([0.0], [np.zeros(1)])
    assert value(track, 5.0) == 0
    track.move(np.ones(1), 1.0, 2.0)
    assert [float(value(track, t)[0]) for t in (0.5, 1.0, 1.5, 2.0, 9.0)] == pytest.approx([0, 0, 0.5, 1, 1])
    share = track.sample(np.array([1.01, 1.99]))[2]
    assert share[0] < 1e-4 and share[1] > 1 - 1e-4  # it starts and ends without a jolt
    track.move(np.zeros(1), 1.5, 1.6)  # never earlier than what is written
    assert track.times == sorted(track.times) and value(track, 2.0) == pytest.approx(1)


def test_directions_go_along_the_great_circle():
    a, b = np.array([[1.0, 0, 0]]), np.array([[0.0, 1.0, 0]])
    middle = slerp(a, b, np.array([0.5]))
    np.testing.assert_allclose(middle, np.sqrt([[0.5, 0.5, 0]]), atol=1e-12)
    np.testing.assert_allclose(slerp(a, a, np.array([0.3])), a)


def test_a_step_lifts_the_foot_and_takes_the_body_along():
    s = score()
    assert set(SCALARS) < set(s.tracks) and np.allclose(s.floor(0, 1), [0, 1])
    s.step("left", forward=0.3, beats=1.0, lift=0.08)
    assert s.position == pytest.approx([0, 0.3])
    foot = s.tracks["left_foot"]
    x, z, height, *_ = value(foot, 0.6)
    assert (x, z, height) == pytest.approx((0.1, 0.3, 0)) and value(s.tracks["right_foot"], 0.6)[0] == -0.1
    s.step("right", turn=np.pi / 2)
    assert s.heading == pytest.approx(np.pi / 2) and s.floor(0, 1) == pytest.approx([1, 0])
    s.wait(2)
    assert s.now == 1.0 and s.counts == [1.0]


def test_swings_jumps_and_bends_write_only_what_they_name():
    s = score()
    written = {name: len(track.times) for name, track in s.tracks.items()}
    s.swing("left", 0.3, 0.1, 0.5)
    s.bend(2, pitch=0.4)
    changed = {name for name, track in s.tracks.items() if len(track.times) != written[name]}
    assert changed == {"left_foot", "pitch"}
    assert value(s.tracks["left_foot"], 1.0)[2] == 0.5 and value(s.tracks["pitch"], 0.5) == pytest.approx(0.2)
    s.place("left")
    assert value(s.tracks["left_foot"], 9.0)[2] == 0
    s.jump(0.4, 2)
    assert value(s.tracks["air"], s.now + 0.5) == pytest.approx(0.4) and value(s.tracks["air"], 9.0) == 0


def test_an_arm_that_must_go_to_the_other_side_goes_by_the_outside():
    s = score()
    s.arms("up", beats=2, loose=0.0)
    track = s.tracks["left_arm"]
    assert len(track.times) == 5  # a stop half way, in front and outside
    assert (track.values[2][:, [0, 2]] > 0).all()
    np.testing.assert_allclose(np.linalg.norm(np.array(track.values), axis=-1), 1, atol=1e-9)
    goal = np.array(ARMS["up"]) / np.linalg.norm(ARMS["up"], axis=-1, keepdims=True)
    np.testing.assert_allclose(value(track, 9.0), goal, atol=1e-9)
