"""Exchanged left and right with a known truth: flickers, lasting exchanges, legs that pass each other, turns."""

import numpy as np
import pytest
from swaying_dancer import dancer

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.clean import body_size
from dance3d.stages.keypoints.sides import PAIRS, exchange, find_exchanged

LEGS, ARMS, SHINS, BODY = slice(0, 3), slice(3, 6), slice(1, 3), slice(0, 6)
ANKLE = PAIRS.index("ankle")


def runner(frames=120, fps=30.0, seconds=0.7, noise=1.0):
    """A body of 100 px trunk that runs to the right, seen from the side: its legs pass each other twice in a stride."""
    rng, time = np.random.default_rng(0), np.arange(frames) / fps
    xy = np.full((frames, 17, 2), 400.0)
    for joint, (x, y) in {"spine": (5, -50), "thorax": (10, -100), "nose": (25, -125), "head": (12, -150)}.items():
        xy[:, H36M17.index(joint)] += (x, y)
    for side, turn in (("left", 0.0), ("right", np.pi)):
        phase = 2 * np.pi * time / seconds + turn
        angles = {"knee": (0.7 * np.sin(phase), "hip", 90), "elbow": (-0.6 * np.sin(phase), "shoulder", 60)}
        angles |= {
            "ankle": (0.7 * np.sin(phase) - 0.6 * (1 + np.cos(phase)), "knee", 90),
            "wrist": (1.2 - 0.6 * np.sin(phase), "elbow", 50),
        }
        for joint in ("hip", "shoulder"):
            at = (4 if side == "left" else -4) * np.sin(phase - turn)
            xy[:, H36M17.index(f"{side}_{joint}")] += np.stack([at, 0 * at - 100 * (joint == "shoulder")], -1)
        for joint, (angle, parent, length) in angles.items():
            from_parent = length * np.stack([np.sin(angle), np.cos(angle)], -1)
            xy[:, H36M17.index(f"{side}_{joint}")] = xy[:, H36M17.index(f"{side}_{parent}")] + from_parent
    return xy + rng.normal(0, noise, xy.shape), time


def found(xy, time, score=1.0):
    return find_exchanged(xy, np.full(xy.shape[:2], score), body_size(xy, time), time)


def wrong(xy, flags, true):
    """Share of pairs more than a fifth of a trunk apart that are labelled wrong."""
    both = np.abs(exchange(xy, np.ones_like(true)) - xy).sum(-1)[:, H36M17.indices(*(f"left_{p}" for p in PAIRS))]
    return float((flags != true)[both > 20].mean())


@pytest.mark.parametrize("pairs", [LEGS, ARMS, SHINS, BODY])
def test_a_flicker_of_sides_is_undone(pairs):
    xy, time = dancer()
    true = np.zeros((len(xy), 6), bool)
    true[[30, 50, 51, 52], pairs] = True
    seen = exchange(xy, true)
    assert np.abs(seen - xy).max() > 30
    flags = found(seen, time)
    np.testing.assert_array_equal(flags, true)
    np.testing.assert_array_equal(exchange(seen, flags), xy)


def test_legs_exchanged_once_a_stride_are_told_by_their_motion():
    xy, time = runner()
    ankles = xy[:, H36M17.indices("left_ankle", "right_ankle"), 0]
    behind = np.diff(ankles, axis=1)[:, 0] < 0
    true = np.zeros((len(xy), 6), bool)
    true[:, SHINS] = (behind & (time % 1.4 < 0.7))[:, None]  # in every other stride the leg in front is the same one
    assert 0.15 < true[:, ANKLE].mean() < 0.35
    assert wrong(exchange(xy, true), found(exchange(xy, true), time), true) < 0.01


@pytest.mark.parametrize("fps", [15, 24, 60, 120])
def test_what_was_never_exchanged_stays_at_every_frame_rate(fps):
    none = np.zeros((4 * fps, 6), bool)
    for xy, time in (runner(4 * fps, fps), dancer(4 * fps, fps)):
        assert wrong(xy, found(xy, time), none) < 0.005  # of 15 frames/s the first one has no speed
    turn = np.cos(np.linspace(0, np.pi, len(xy)))[:, None]  # turning round: left and right pass each other
    xy[..., 0] = 400 + (xy[..., 0] - 400) * turn
    assert wrong(xy, found(xy, time), none) == 0


def test_a_lasting_exchange_is_undone_where_most_of_the_track_says_otherwise():
    xy, time = dancer(150)
    true = np.zeros((150, 6), bool)
    true[40:80] = True
    np.testing.assert_array_equal(found(exchange(xy, true), time), true)


@pytest.mark.parametrize("pairs", [BODY, slice(1, 6)])
def test_a_body_exchanged_for_longer_is_another_view(pairs):
    xy, time = dancer(300)
    true = np.zeros((300, 6), bool)
    true[40:110, pairs] = True
    assert not found(exchange(xy, true), time)[40:110, pairs].any()


def test_a_dancer_who_is_wide_says_more_than_one_who_is_narrow():
    """Half of the frames are exchanged, but in these the sides are hardly apart and not certain."""
    xy, time = dancer(110)
    width = np.interp(np.arange(110), [50, 70], [1.0, 0.5])[:, None]
    xy[..., 0] = 400 + (xy[..., 0] - 400) * width
    true = np.zeros((110, 6), bool)
    true[55:] = True
    score = np.where(true.any(1), 0.3, 0.9)[:, None] * np.ones((110, 17))
    seen = exchange(xy, true)
    np.testing.assert_array_equal(find_exchanged(seen, score, body_size(seen, time), time), true)


def test_missing_joints_are_no_evidence():
    xy, time = dancer()
    true = np.zeros((len(xy), 6), bool)
    true[30:34] = True
    seen = exchange(xy, true)
    seen[20:25], seen[40:, H36M17.index("left_ankle")] = np.nan, np.nan
    flags = found(seen, time)
    np.testing.assert_array_equal(flags[25:40], true[25:40])
    assert not found(np.full_like(xy, np.nan), time).any()
    assert found(xy[:1], time[:1]).shape == (1, 6)
