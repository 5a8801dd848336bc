"""Two dancers on one time: copies, tempi, tempi that change, gaps, ends without partner, and what cannot be aligned."""

import dance_pairs as make
import numpy as np
import pytest

from dance3d.comparison import differences
from dance3d.comparison.align import RATE, sample, standard, warp
from dance3d.movement_types import PARTS
from dance3d.skeleton import H36M17

BODY = PARTS.index("body")


@pytest.fixture(scope="module")
def xyz():
    return make.dance()


def degrees(a, b, found):
    return differences.over_time(differences.pair(a, b, found.rows, found.places).degrees)


def test_a_copy_is_aligned_row_by_row_without_any_difference(xyz):
    a = make.body(xyz)
    found = warp(a, a)
    np.testing.assert_array_equal(found.rows, np.arange(len(xyz)))
    np.testing.assert_allclose(found.places, found.rows, atol=1e-9)
    assert degrees(a, a, found).max() < 1e-6 and found.confidence == 1


def test_size_build_place_and_heading_do_not_count(xyz):
    a, b = make.body(xyz), make.body(make.bodied(xyz, 1.3, 2.0, [3.0, 0.4, -1.0]))
    np.testing.assert_allclose(b.lines, a.lines, atol=0.05)  # the hips lean over the feet, so longer legs are seen
    found = warp(a, b)
    np.testing.assert_allclose(found.places, found.rows, atol=0.05)
    apart = degrees(a, b, found)
    assert apart[BODY] < 0.2 and apart[[k for k, p in enumerate(PARTS) if p != "hips"]].max() < 0.2


def test_bones_get_the_standard_length_and_keep_their_direction(xyz):
    body = standard(xyz)
    bones = body - body[:, [max(p, 0) for p in H36M17.parent_indices]]
    thigh = np.linalg.norm(bones[:, H36M17.index("left_knee")], axis=-1)
    np.testing.assert_allclose(thigh, 0.43, atol=1e-6)
    hips = body[:, H36M17.index("left_hip")] - body[:, H36M17.index("right_hip")]
    assert (hips[:, 0] > 0).all() and np.abs(hips[:, 2]).max() < 1e-6  # x is the dancer's left, level


@pytest.mark.parametrize("tempo", [0.8, 1.25])
def test_a_copy_at_another_tempo_is_the_same_dance(xyz, tempo):
    a, b = make.body(xyz), make.body(make.retimed(xyz, tempo))
    found = warp(a, b)
    here, there = a.time[found.rows], b.time[0] + found.places / RATE
    assert np.abs(there - here / tempo).max() < 0.03
    assert np.polyfit(there, here, 1)[0] == pytest.approx(tempo, abs=0.005)
    apart = degrees(a, b, found)
    assert apart[BODY] < 0.5 and np.nanmax(apart) < 1.0
    rows, places = differences.same_clock(a, b, together=False)
    assert differences.over_time(differences.pair(a, b, rows, places).degrees)[BODY] > 5


def test_rushing_and_dragging_are_followed(xyz):
    a = make.body(xyz)
    t = np.arange(len(xyz)) / make.FPS
    own = t + 0.3 * np.sin(t * 2 * np.pi / t[-1] * 2) * np.sin(t * np.pi / t[-1])
    b = make.body(make.at(xyz, own))  # what B does at t, A does at own(t)
    found = warp(a, b)
    true = np.interp(a.time[found.rows], own, t)
    assert np.abs(found.places / RATE - true).mean() < 0.02 and degrees(a, b, found)[BODY] < 0.7


def test_a_short_clip_is_found_in_a_long_one_and_the_other_way_round(xyz):
    a, b = make.body(xyz), make.body(xyz[90:150], start=40.0)
    for found, places in ((warp(b, a), np.arange(90, 150)), (warp(a, b), np.arange(60))):
        assert len(found.rows) == 60
        np.testing.assert_allclose(found.places, places, atol=1e-6)


def test_what_only_one_has_at_its_ends_stays_without_partner(xyz):
    a, b = make.body(xyz[:-20]), make.body(xyz[20:])
    found = warp(a, b)
    assert abs(found.rows[0] - 20) <= 3 and abs(found.rows[-1] - (len(xyz) - 21)) <= 3
    np.testing.assert_allclose(found.places[10:-10], found.rows[10:-10] - 20, atol=1e-6)


def test_missing_frames_are_bridged_and_not_scored(xyz):
    holes = xyz.copy()
    holes[60:90] = np.nan
    holes[:5] = np.nan
    a, b = make.body(xyz), make.body(holes)
    found = warp(a, b)
    assert np.abs(found.places - found.rows).max() < 1.0
    both = differences.pair(a, b, found.rows, found.places)
    unseen = np.isnan(both.degrees[:, BODY])
    assert unseen[:5].all() and unseen[61:89].all() and not unseen[92:].any()
    assert differences.over_time(both.degrees).max() < 0.3


def test_a_hole_in_the_clock_is_not_seen(xyz):
    keep = np.r_[0:60, 100:150]
    body = sample(xyz[keep], keep / make.FPS, np.ones(len(keep), bool))
    assert len(body.time) == 150 and not body.clear[62:98].any() and body.clear[:58].all() and body.clear[102:].all()


def test_one_frame_meets_the_frame_most_like_it(xyz):
    a, b = make.body(xyz[40:41]), make.body(xyz)
    found = warp(a, b)
    assert found.rows.tolist() == [0] and found.confidence == 0
    assert degrees(a, b, found)[BODY] < 5
    assert degrees(a, a, warp(a, a))[BODY] < 1e-6
    two = warp(make.body(xyz[:2]), make.body(xyz[:2]))
    assert two.rows.tolist() == [0, 1]


def test_a_still_dancer_is_aligned_straight_but_not_surely(xyz):
    still = np.repeat(xyz[:1], 120, 0)
    a = make.body(still)
    found = warp(a, a)
    np.testing.assert_allclose(found.places, found.rows, atol=1e-9)
    assert found.confidence == 0


def test_a_dancer_on_his_hands_is_compared_like_any_other(xyz):
    over = xyz * [1.0, -1.0, -1.0]
    a, b = make.body(over), make.body(xyz)
    assert np.isfinite(a.lines).all() and degrees(a, a, warp(a, a)).max() < 1e-6
    assert degrees(a, b, warp(a, b))[BODY] > 40


def test_who_is_never_seen_cannot_be_aligned(xyz):
    nobody = make.body(np.full_like(xyz[:30], np.nan))
    with pytest.raises(ValueError, match="dancer B is seen in no frame"):
        warp(make.body(xyz), nobody)
