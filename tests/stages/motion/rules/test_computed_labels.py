"""Every movement type is named when a body makes it, by its own side, and by nothing that rests."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from motion_bodies import ALL, FPS, FRAMES, TIME, UPPER, X, Y, Z, mirrored, ramp, shift, standing, turn
from motion_cases import CASES, not_meant

from dance3d.contracts import Pose3D
from dance3d.movement_types import MIRROR, MOVEMENTS, NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules.computed_labels import label, movements

MADE = {"P": (0.4, 5.6), "C": (0.6, 5.4)}  # seconds between which a motion of a kind may be named
ENDLESS = ("l_forearm.circle", "r_forearm.circle")  # go round from the first to the last frame


def labels(body, time=TIME):
    root = body[:, H36M17.index("pelvis")]
    return label(body - root[:, None], time, Y, root)


@cache
def found(name):
    return labels(CASES[name]())


def test_every_movement_of_the_vocabulary_has_a_motion():
    assert tuple(CASES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_movement_is_named_when_it_is_made_and_its_opposite_is_not(name):
    on = found(name)[:, NAMES.index(name)] == 1
    kind = MOVEMENTS[NAMES.index(name)].kind
    assert on.any(), f"{name} is not seen"
    if kind != "H" and name not in ENDLESS:  # a hold may last all clip
        early, late = MADE.get(kind, (1.3, 3.6))
        outside = (TIME < early) | (TIME > late)
        assert not on[outside].any(), f"{name} at rest, at {TIME[on & outside]}"
    for other in not_meant(name):
        assert not found(name)[:, NAMES.index(other)].any(), f"{other} during {name}"


@pytest.mark.parametrize("name", NAMES)
def test_the_mirrored_dancer_makes_the_mirrored_movements(name):
    np.testing.assert_array_equal(labels(mirrored(CASES[name]()))[:, MIRROR], found(name))


@pytest.mark.parametrize("seed", range(3))
def test_a_body_that_stands_still_with_a_millimetre_of_noise_does_nothing(seed):
    noise = np.random.default_rng(seed).normal(0, 0.001, (FRAMES, 17, 3))
    assert not labels(standing()).any()
    assert not labels(standing() + noise).any()


@pytest.mark.parametrize("name", ["l_arm.hold_level", "l_arm.hold_high", "l_knee.hold_deep", "l_leg.hold_lifted"])
def test_a_held_pose_with_a_millimetre_of_noise_is_that_hold_and_nothing_that_moves(name):
    noise = np.random.default_rng(0).normal(0, 0.001, (FRAMES, 17, 3))
    seen = {NAMES[i] for i in np.flatnonzero(labels(CASES[name]() + noise).any(0))}
    assert name in seen
    assert {MOVEMENTS[NAMES.index(one)].kind for one in seen} == {"H"}


def test_walking_without_a_root_still_travels_and_steps():
    body = standing()
    hertz, stride = 0.6, 0.3
    for side, phase in (("left", 0.0), ("right", np.pi)):
        swing = np.sin(2 * np.pi * hertz * TIME + phase)
        turn(body, (f"{side}_knee", f"{side}_ankle"), f"{side}_hip", X, np.degrees(stride * swing))
        lift = np.clip(np.cos(2 * np.pi * hertz * TIME + phase), 0, None)
        shift(body, (f"{side}_ankle",), Y, 0.1 * lift)
    found = label(body - body[:, :1], TIME, Y)
    middle = found[45:-45]
    assert middle[:, NAMES.index("body.travel_forward")].mean() > 0.5  # the swing's dead points stand
    assert not middle[:, NAMES.index("body.travel_back")].any()
    assert middle[:, NAMES.index("l_foot.step_forward")].any()
    assert not found[:, NAMES.index("body.jump")].any()


def test_where_the_camera_moves_and_nobody_knows_how_nobody_travels():
    body, column = CASES["body.travel_forward"](), NAMES.index("body.travel_forward")
    made = pose(body - body[:, :1], body[:, 0])
    travels = np.flatnonzero(movements(made).prob[:, column])
    still = np.tile(np.eye(2, 3), (len(body), 1, 1))
    np.testing.assert_array_equal(movements(replace(made, still=still)).prob, movements(made).prob)
    still[travels[len(travels) // 2] :] = np.nan
    found = movements(replace(made, still=still)).prob
    np.testing.assert_array_equal(np.flatnonzero(found[:, column]), travels[: len(travels) // 2])
    others = [i for i, name in enumerate(NAMES) if name not in computed_labels.PLACED]
    np.testing.assert_array_equal(found[:, others], movements(made).prob[:, others])


def events(name, fps):
    """(E, 2) seconds of a motion's events, filmed at so many frames per second."""
    time = np.arange(0, TIME[-1] + 1e-9, 1 / fps)
    flat = CASES[name]().reshape(FRAMES, -1)
    body = np.stack([np.interp(time, TIME, column) for column in flat.T], 1).reshape(len(time), 17, 3)
    found = labels(body, time)
    assert found.shape == (len(time), len(NAMES))
    edges = np.flatnonzero(np.diff(found[:, NAMES.index(name)], prepend=0, append=0)).reshape(-1, 2)
    return edges / fps


KINDS = ["l_arm.raise_side", "hips.shift_left", "hips.sway", "hips.circle_left", "l_arm.wave", "l_forearm.hit"]
KINDS += ["l_arm.hold_level", "l_foot.step_side", "body.jump", "body.travel_forward", "body.turn_left"]


@pytest.mark.parametrize("fps", [25, 60, 120])
@pytest.mark.parametrize("name", KINDS)
def test_events_do_not_depend_on_the_frame_rate(name, fps):
    expected, found = events(name, 30), events(name, fps)
    assert len(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 2 / 30 + 0.5 / fps


def test_a_long_clip_is_read_in_pieces_as_a_whole(monkeypatch):
    body = np.concatenate([CASES[name]() for name in KINDS])
    time = np.arange(len(body)) / FPS
    once = labels(body, time)
    monkeypatch.setattr(computed_labels, "PIECE", 240)
    monkeypatch.setattr(computed_labels, "AROUND", 240)
    np.testing.assert_array_equal(labels(body, time), once)


def test_a_chest_that_leans_away_from_a_hanging_arm_does_not_raise_it():
    body = turn(standing(), UPPER, "pelvis", Z, ramp(0, -30))
    for side in ("left", "right"):  # plumb again
        turn(body, (f"{side}_elbow", f"{side}_wrist"), f"{side}_shoulder", Z, ramp(0, 30))
    found = labels(body)
    assert found[:, NAMES.index("torso.bend_right")].any()
    arms = [i for i, name in enumerate(NAMES) if name.partition(".")[0].endswith("_arm")]
    assert not found[:, arms].any()


def test_a_turn_in_steps_is_one_turn():
    degrees = ramp(0, 30, 1.0, 1.5) + ramp(0, 30, 1.6, 2.1) + ramp(0, 30, 2.2, 2.7)
    on = labels(turn(standing(), ALL, "pelvis", Y, degrees))[:, NAMES.index("body.turn_left")]
    assert np.abs(np.diff(on)).sum() == 2
    assert on.sum() / FPS > 1.3


@pytest.mark.parametrize("name", ["l_arm.raise_side", "l_forearm.flex", "l_knee.bend", "head.nod_down"])
def test_a_dancer_upside_down_makes_the_same_movements_of_limbs(name):
    body = CASES[name]()
    over = (body - [0, 1, 0]) * [-1.0, -1.0, 1.0] + [0, 1, 0]  # half a turn about z
    on = labels(over)[:, NAMES.index(name)]
    assert np.isfinite(labels(over)).all()
    assert (on != found(name)[:, NAMES.index(name)]).mean() < 0.03
    np.testing.assert_array_equal(labels(mirrored(over))[:, MIRROR], labels(over))


def test_a_dancer_who_stands_upside_down_does_nothing_but_hold():
    over = labels((standing() - [0, 1, 0]) * [-1.0, -1.0, 1.0])
    assert {MOVEMENTS[i].kind for i in np.flatnonzero(over.any(0))} == {"H"}


def pose(xyz, root=None, up=(0, 1, 0)):
    n = len(xyz)
    return Pose3D(xyz, np.ones(n, bool), np.zeros(n), np.arange(n) / FPS, root=root, up=up)


def test_missing_frames_stay_missing_and_a_short_gap_is_bridged():
    body = CASES["l_arm.raise_side"]()
    whole = movements(pose(body - body[:, :1])).prob
    body[66:69] = np.nan
    found = movements(pose(body - body[:, :1])).prob
    assert np.isnan(found[66:69]).all()
    assert np.isfinite(np.delete(found, np.s_[66:69], 0)).all()
    column = NAMES.index("l_arm.raise_side")
    assert (np.delete(found, np.s_[66:69], 0)[:, column] != np.delete(whole, np.s_[66:69], 0)[:, column]).mean() < 0.03


def test_a_long_gap_splits_the_clip():
    body = shift(standing(), ALL, Z, ramp(0, -3, 2.0, 4.0))
    body[60:120] = np.nan  # all of the way is missing
    root = body[:, 0].copy()
    found = movements(pose(body - body[:, :1], root)).prob
    assert not np.nan_to_num(found)[:, NAMES.index("body.travel_forward")].any()


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_short_clips_have_no_movement(frames):
    found = movements(pose(standing(frames) - standing(frames)[:, :1])).prob
    assert found.shape == (frames, len(NAMES))
    assert not found.any()


def test_a_clip_without_the_dancer_is_all_missing():
    found = movements(pose(np.full((4, 17, 3), np.nan))).prob
    assert np.isnan(found).all()


def test_up_is_found_from_the_trunk_and_the_camera_frame_is_understood():
    body = CASES["torso.bend_left"]()
    camera = np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1.0]])  # half a turn about x: y down, z forward
    root = body[:, :1]
    told = movements(pose((body - root) @ camera, root[:, 0] @ camera, up=(0, -1, 0))).prob
    guessed = movements(pose((body - root) @ camera, root[:, 0] @ camera, up=None)).prob
    assert told[:, NAMES.index("torso.bend_left")].any()
    assert (told != guessed).mean() < 0.01


def test_another_skeleton_is_refused():
    n = 3
    coco = Pose3D(np.zeros((n, 17, 3)), np.ones(n, bool), np.zeros(n), np.arange(n) / 30, skeleton="coco17")
    with pytest.raises(ValueError, match="coco17"):
        movements(coco)
