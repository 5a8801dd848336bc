"""Who is who, put right: pure functions on tracks."""

from dataclasses import replace

import numpy as np
import pytest
from edited_tracks import CLIP, body, dancer, make_three

from dance3d.contracts import Crossing
from dance3d.contracts.crossings import uncertain_crossings
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.stages.keypoints.assemble import track as clean_track
from dance3d.tracks import operations

FIELDS = ("xy", "score", "measured", "raw", "extremities")


def same(a, b, rows=slice(None)):
    for field in FIELDS if a.extremities is not None else FIELDS[:-1]:
        np.testing.assert_array_equal(getattr(a, field)[rows], getattr(b, field)[rows])


@pytest.fixture(scope="module")
def three():
    return make_three()


def test_swap_exchanges_every_field_from_the_frame_on(three):
    a, b, c = operations.swap(three, 1, 2, 50)
    same(a, three[0], slice(0, 50))
    same(a, three[1], slice(50, None))
    same(b, three[0], slice(50, None))
    same(c, three[2])
    assert [t.person for t in (a, b, c)] == [1, 2, 3]


def test_swap_moves_later_crossings_and_settles_its_own(three):
    a, b, c = operations.swap(three, 2, 1, 50)
    assert a.crossings == (Crossing(1.8, 2.0, 2, 1.0), Crossing(2.9, 3.1, 3, 0.97))
    assert b.crossings == (Crossing(1.8, 2.0, 1, 1.0),)
    assert c.crossings == (Crossing(2.9, 3.1, 1, 0.97),)
    assert uncertain_crossings(three) and not uncertain_crossings([a, b, c])
    far = operations.swap(three, 1, 2, 90)
    assert far[0].crossings == three[0].crossings


def test_a_crossing_that_somebody_looked_at_is_sure(three):
    made = operations.confirm(three, 2, 1, 65)
    assert [[c.sure for c in t.crossings] for t in made] == [[1.0], [1.0, 0.97], [0.97]]
    for a, b in zip(made, three, strict=True):
        same(a, b)
    with pytest.raises(ValueError, match=r"dancers 1 and 2 do not overlap within 1 s of 3\.60 s"):
        operations.confirm(three, 1, 2, 90)


def test_a_wrong_crossing_swapped_back_is_the_dancer_who_was_never_lost():
    """Two dancers whose rows the tracker exchanged: after the edit both are as if it never had."""
    (one, score, time), (two, _, _) = body(1), body(2)
    wrong = one.copy(), two.copy()
    wrong[0][50:], wrong[1][50:] = two[50:], one[50:]
    given = [clean_track(raw, score, time, CLIP.size, True, n) for n, raw in enumerate(wrong, 1)]
    truth = [clean_track(raw, score, time, CLIP.size, True, n) for n, raw in enumerate((one, two), 1)]
    bare, mended = operations.swap(given, 1, 2, 50), operations.swap(given, 1, 2, 50, smooth=True)
    for after, rough, right in zip(mended, bare, truth, strict=True):
        away = np.linalg.norm(after.xy - right.xy, axis=-1)
        assert np.nanmax(away) < 0.5 < np.nanmax(np.linalg.norm(rough.xy - right.xy, axis=-1))
        near = np.abs(time - time[50]) <= operations.REACH
        same(after, rough, ~near)
        assert after.measured[near].mean() > 0.99


def test_merge_joins_two_halves_and_bridges_a_short_gap(three):
    first, second = dancer(2, missing=range(40, 100)), replace(dancer(2, missing=range(48)), person=4)
    crossing = Crossing(3.2, 3.4, 1, 0.9)
    second = replace(second, crossings=(crossing,))
    other = replace(three[0], crossings=(replace(crossing, other=4),))
    one, whole = operations.merge([other, first, second], 2, 4, smooth=True)
    assert (one.person, whole.person) == (1, 2)
    assert whole.crossings == (replace(crossing, other=1),) and one.crossings == (replace(crossing, other=2),)
    assert np.isfinite(whole.xy).all() and not whole.measured[40:48].any()
    assert whole.measured[:40].mean() > 0.95 and whole.measured[48:].mean() > 0.95
    truth = dancer(2, missing=range(40, 48))
    assert np.abs(whole.xy - truth.xy)[:38].max() < 1 and np.abs(whole.xy - truth.xy)[50:].max() < 1
    assert np.isnan(whole.raw[40:48]).all()


def test_merge_refuses_frames_with_both_unless_told_whose(three):
    first, second = dancer(1, missing=range(60, 100)), dancer(2, missing=range(50))
    with pytest.raises(ValueError, match=r"both there in 10 frames, 50 to 59 \(2\.00 to 2\.36 s\).*--prefer 1 or"):
        operations.merge([first, second], 1, 2)
    (kept,) = operations.merge([first, second], 1, 2, prefer=1)
    same(kept, first, slice(0, 60))
    same(kept, second, slice(60, None))
    (other,) = operations.merge([first, second], 1, 2, prefer=2)
    same(other, first, slice(0, 50))
    same(other, second, slice(50, None))
    with pytest.raises(ValueError, match="prefer is 7, expected 1 or 2"):
        operations.merge([first, second], 1, 2, prefer=7)


def test_split_and_merge_give_the_dancer_back(three):
    made = operations.split(three, 2, 60, 4)
    assert [t.person for t in made] == [1, 2, 3, 4]
    two, four = made[1], made[3]
    for part, rows in ((two, slice(60, None)), (four, slice(0, 60))):
        assert np.isnan(part.xy[rows]).all() and np.isnan(part.raw[rows]).all()
        assert not part.measured[rows].any() and not part.score[rows].any()
    assert two.crossings == (Crossing(1.8, 2.0, 1, 0.62),) and four.crossings == (Crossing(2.9, 3.1, 3, 0.97),)
    assert made[2].crossings == (Crossing(2.9, 3.1, 4, 0.97),)
    back = operations.merge(made, 2, 4)
    for a, b in zip(back, three, strict=True):
        same(a, b)
        assert a.crossings == b.crossings
    ends = [t.frames for t in operations.split(three, 2, 60, 4, smooth=True)]
    assert ends == [100] * 4


def test_keep_drops_the_others_and_their_crossings(three):
    made = operations.keep(three, [3, 1])
    assert [t.person for t in made] == [1, 3] and all(t.crossings == () for t in made)
    same(made[1], three[2])
    with pytest.raises(ValueError, match="nobody would be left"):
        operations.keep(three, [])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: operations.swap(t, 1, 9, 5), "no dancer 9; there are: 1, 2, 3"),
        (lambda t: operations.swap(t, 1, 1, 5), "not 1 twice"),
        (lambda t: operations.swap(t, 1, 2, 100), "frame 100 is not in the clip: 0 to 99"),
        (lambda t: operations.swap(t, 1, 2, -1), "frame -1 is not in the clip"),
        (lambda t: operations.split(t, 1, 0, 4), "dancer 1 is never seen before frame 0"),
        (lambda t: operations.split(t, 1, 50, 2), "there is a dancer 2 already"),
        (lambda t: operations.keep([], [1]), "there are: nobody"),
        (lambda t: operations.swap([*t[:2], dancer(3, seconds=2)], 1, 3, 5), "different frames"),
        (lambda t: operations.rename(t, 1, "  "), "name for dancer 1 is empty"),
        (lambda t: operations.rename(t, 1, "x" * 300), "has 300 characters; at most 60"),
        (lambda t: operations.rename(t, 1, "a\x1b[31m"), "cannot be shown"),
        (lambda t: operations.rename(t, 1, "a\u202eb"), "cannot be shown"),
        (lambda t: operations.rename(operations.rename(t, 2, "Ànna"), 1, "ÀNNA"), "dancer 2 is called 'Ànna' already"),
    ],
)
def test_what_does_not_fit_gets_one_clear_line(three, call, message):
    with pytest.raises(ValueError, match=message):
        call(three)


def test_names_are_cleaned_and_kept_by_merging(three):
    made = operations.rename(three, 3, " Anna\n  Bo ")
    assert [t.name for t in made] == ["", "", "Anna Bo"]
    halves = [dancer(1, missing=range(50, 100)), dancer(2, missing=range(60), name="Bo")]
    assert operations.merge(halves, 1, 2)[0].name == "Bo"


def test_extremities_go_with_their_dancer(three):
    """Where rows of two dancers meet, toes stay as far from ankles that are smoothed anew as they were before."""
    ankle, toe = H36M17.index("left_ankle"), EXTREMITIES.index("left_toe")
    given = [replace(t, extremities=t.extremities + 10 * t.person) for t in three]
    made = operations.swap(given, 1, 2, 50, smooth=True)
    for track, first, later in ((made[0], 1, 2), (made[1], 2, 1)):
        off = track.extremities[:, toe] - track.xy[:, ankle]
        before = [t.extremities[:, toe] - t.xy[:, ankle] for t in given]
        np.testing.assert_allclose(off[:50], before[first - 1][:50], atol=1e-3)
        np.testing.assert_allclose(off[50:], before[later - 1][50:], atol=1e-3)


def test_a_dancer_without_extremities_takes_over_those_that_are_there(three):
    given = [replace(three[0], extremities=None), *three[1:]]
    a, b, _ = operations.swap(given, 1, 2, 50)
    assert np.isnan(a.extremities[:50]).all() and np.isnan(b.extremities[50:]).all()
    np.testing.assert_array_equal(a.extremities[50:], three[1].extremities[50:])
    before, after = operations.split(three[:1], 1, 40, 9)
    assert np.isnan(before.extremities[40:]).all()
    np.testing.assert_array_equal(after.extremities[40:], three[0].extremities[40:])
    none = operations.split(given[:1], 1, 40, 9)
    assert all(t.extremities is None for t in none)
