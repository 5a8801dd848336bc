"""Rotations of bones from where their ends are, of bodies whose rotations are known."""

import numpy as np
import pytest
from rest_bodies import LEFT, UP, body, dancing, frames, turn

from dance3d.geometry.bone_rotations import bone_rotations
from dance3d.geometry.bones import BONE_NAMES
from dance3d.geometry.rotations import angle_between
from dance3d.skeleton import EXTREMITIES, H36M17

TIME = np.arange(120) / 30
TOLD = [i for i, name in enumerate(BONE_NAMES) if name not in ("lower_back", "neck")]


def off(found, true):
    """(T, J) degrees."""
    return np.degrees(angle_between(found, true))


@pytest.fixture(scope="module")
def dance():
    turns = dancing(TIME)
    return turns, *body(turns)


def test_nothing_is_turned_in_the_rest_pose():
    xyz, extremities = body(np.repeat(frames({})[None], 5, 0))
    assert off(bone_rotations(xyz, extremities, TIME[:5]), np.eye(3)).max() < 1e-3
    assert off(bone_rotations(xyz, None, TIME[:5]), np.eye(3)).max() < 1e-3


def test_rotations_come_back_with_their_twist(dance):
    turns, xyz, extremities = dance
    error = off(bone_rotations(xyz, extremities, TIME), turns)[:, TOLD]
    assert np.median(error) < 1 and np.percentile(error, 95) < 5 and error.max() < 20


def test_bones_point_exactly_where_their_ends_are(dance):
    _, xyz, extremities = dance
    again, ends = body(bone_rotations(xyz, extremities, TIME))
    np.testing.assert_allclose(again, xyz, atol=1e-9)
    hands = [EXTREMITIES.index(name) for name in ("left_toe", "right_toe", "left_hand", "right_hand")]
    np.testing.assert_allclose(ends[:, hands], extremities[:, hands], atol=1e-9)


def test_without_extremities_limbs_are_turned_all_the_same(dance):
    turns, xyz, _ = dance
    error = off(bone_rotations(xyz, None, TIME), turns)
    limbs = [i for i, name in enumerate(BONE_NAMES) if name.endswith(("arm", "thigh", "shin"))]
    assert np.percentile(error[:, limbs], 95) < 6


def test_a_body_that_is_turned_in_the_world_is_turned_and_a_mirrored_one_mirrored(dance):
    _, xyz, extremities = dance
    found, rolled = bone_rotations(xyz, extremities, TIME), turn([1, 2, -1], 130)
    assert off(bone_rotations(xyz @ rolled.T, extremities @ rolled.T, TIME), rolled @ found).max() < 1e-3
    mirror = np.diag([-1.0, 1.0, 1.0])
    flip = [EXTREMITIES.index(name) for name in _swapped(EXTREMITIES)]
    other = bone_rotations((xyz @ mirror)[:, H36M17.swap], (extremities @ mirror)[:, flip], TIME)
    sides = [BONE_NAMES.index(name) for name in _swapped(BONE_NAMES)]
    assert off(other[:, sides], mirror @ found @ mirror).max() < 1e-3


def _swapped(names):
    def other(name):
        side, _, rest = name.partition("_")
        return {"left": "right_", "right": "left_"}[side] + rest if side in ("left", "right") else name

    return [other(name) for name in names]


def test_noise_on_straight_limbs_makes_nothing_jump():
    turns = np.repeat(
        frames({"left_upper_arm": turn([0, 0, 1], -70), "right_upper_arm": turn([0, 0, 1], 70)})[None], 120, 0
    )
    xyz, extremities = body(turns)
    rng = np.random.default_rng(1)
    found = bone_rotations(xyz + rng.normal(0, 0.02, xyz.shape), None, TIME)
    limbs = [i for i, name in enumerate(BONE_NAMES) if name.endswith(("arm", "thigh", "shin"))]
    assert off(found[1:, limbs], found[:-1, limbs]).max() < 45
    assert np.median(off(found, turns)[:, limbs]) < 30
    toes = bone_rotations(xyz, extremities, TIME)
    assert off(toes, turns).max() < 2


def test_straight_legs_turn_out_with_their_toes():
    out = {"left_thigh": turn(UP, 40), "right_thigh": turn(UP, -40)}
    xyz, extremities = body(np.repeat(frames(out)[None], 60, 0))
    found = bone_rotations(xyz, extremities, TIME[:60])
    assert off(found, frames(out)).max() < 8
    assert off(bone_rotations(xyz, None, TIME[:60]), frames(out))[30, BONE_NAMES.index("left_thigh")] > 30


def test_missing_frames_stay_missing_and_their_neighbours_are_as_before(dance):
    _, xyz, extremities = dance
    holed, ends = xyz.copy(), extremities.copy()
    holed[:3], holed[50:60, H36M17.index("left_wrist")], ends[80:90] = np.nan, np.nan, np.nan
    found, whole = bone_rotations(holed, ends, TIME), bone_rotations(xyz, extremities, TIME)
    assert np.isnan(found[:3]).all()
    forearm, hand, foot = (BONE_NAMES.index(f"left_{name}") for name in ("forearm", "hand", "foot"))
    lost = np.isnan(found[3:]).any((-1, -2))
    assert lost[47:57, [forearm, hand]].all() and lost.sum() == 20
    assert off(found[10:45], whole[10:45]).max() < 3 and off(found[62:78], whole[62:78]).max() < 8
    steps = off(found[80:92, foot], found[79:91, foot])
    assert steps.max() < 2 * off(whole[1:, foot], whole[:-1, foot]).max() + 5


def test_nobody_at_all():
    assert np.isnan(bone_rotations(np.full((4, 17, 3), np.nan), None, TIME[:4])).all()


def test_feet_without_toes_stand_flat_where_they_stand():
    bent = {
        f"{side}_{name}": turn(LEFT, degrees)
        for side in ("left", "right")
        for name, degrees in (("thigh", -30), ("shin", 60))
    }
    xyz, _ = body(np.repeat(frames(bent)[None], 30, 0))
    foot = bone_rotations(xyz, None, TIME[:30], UP)[:, BONE_NAMES.index("left_foot")]
    assert off(foot, np.eye(3)).max() < 3
    assert off(bone_rotations(xyz, None, TIME[:30])[:, BONE_NAMES.index("left_foot")], np.eye(3)).min() > 20
