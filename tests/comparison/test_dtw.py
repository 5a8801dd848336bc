import dance_pairs as make
import numpy as np
import pytest

from dance3d.comparison import align
from dance3d.comparison.align import RATE, warp
from dance3d.comparison.dtw import SKIP


@pytest.fixture(scope="module")
def xyz():
    return make.dance()


def test_no_more_than_a_fifth_is_left_at_either_end(xyz):
    a, b = make.body(xyz), make.body(make.dance(8.0, 11, "martial"))
    found = warp(a, b)
    assert len(found.rows) >= (1 - 2 * SKIP) * len(a.time) - 2
    slopes = np.diff(found.places)
    assert slopes.min() > 0.45 and slopes.max() < 2.1 and found.confidence < 0.35


def test_long_clips_are_searched_at_fewer_frames_and_too_long_ones_refused():
    minute = int(60 * RATE)
    assert align.first_step(10 * minute, 10 * minute) == align.COARSE
    assert align.COARSE < align.first_step(30 * minute, 30 * minute) <= align.COARSEST
    with pytest.raises(ValueError, match="60 and 60 minutes are too long"):
        align.first_step(60 * minute, 60 * minute)


def test_a_coarser_first_search_finds_the_same(xyz, monkeypatch):
    a, b = make.body(xyz), make.body(make.retimed(xyz, 0.8))
    fine = warp(a, b)
    monkeypatch.setattr(align, "CELLS", len(a.time) * len(b.time) // 90)
    assert align.first_step(len(a.time), len(b.time)) > 9
    coarse = warp(a, b)
    np.testing.assert_array_equal(coarse.rows, fine.rows)
    np.testing.assert_allclose(coarse.places, fine.places, atol=0.5)
