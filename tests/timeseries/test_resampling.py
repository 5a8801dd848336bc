import numpy as np
import pytest

from dance3d.timeseries.resampling import chunks, grid, interpolate, is_sparse, is_uniform, nearest, smooth


def test_chunks_cover_every_frame_once():
    assert list(chunks(7, 3)) == [(0, 3), (3, 6), (6, 7)] and list(chunks(2, 5)) == [(0, 2)]
    with pytest.raises(ValueError, match="at least 1"):
        list(chunks(3, 0))


def test_uniform_time_is_told_from_other_time():
    time = np.arange(20) / 30
    assert is_uniform(time, 30) and is_uniform(time[:1], 30) and not is_uniform(time, 25)
    assert not is_uniform(np.delete(time, 5), 30)


def test_a_grid_spans_the_time_and_interpolation_comes_back():
    time = np.array([1.0, 1.04, 1.07, 1.2])
    at = grid(time, 30)
    assert at[0] == 1.0 and at[-1] >= 1.2 - 1e-9 and np.allclose(np.diff(at), 1 / 30)
    values = np.stack([time, 2 * time], 1)
    np.testing.assert_allclose(interpolate(values, np.ones(4, bool), time, time), values)
    holes = values.copy()
    holes[1] = np.nan
    known = np.array([False, False, True, True])
    filled = interpolate(holes, known, time, time)
    np.testing.assert_allclose(filled[[0, 1]], values[[2, 2]])  # held before the first known row
    assert np.isnan(interpolate(holes, np.zeros(4, bool), time, time)).all()


def test_smoothing_keeps_constants_and_ignores_what_does_not_weigh():
    values = np.full((50, 2), 3.0)
    values[10] = np.nan
    weight = np.ones(50)
    weight[10] = 0
    np.testing.assert_allclose(smooth(values, weight, 2.0), 3.0)
    assert np.isnan(smooth(values, np.zeros(50), 2.0)).all()


@pytest.mark.parametrize("last", [1e12, np.inf, 3.3e5])
def test_a_grid_that_would_fill_the_memory_is_refused(last):
    with pytest.raises(ValueError, match=r"steps at 30 a second; at most 5000000 .*seconds\?"):
        grid(np.array([0.0, last]), 30)


def test_few_frames_over_a_long_time_are_sparse():
    assert is_sparse(np.array([0.0, 10.0]), 30.0)
    assert not is_sparse(np.arange(0, 10, 0.5), 30.0)


def test_the_nearest_row_is_found_without_comparing_all():
    time, at = np.array([0.0, 1.0, 3.0]), np.array([-1.0, 0.4, 0.5, 0.6, 2.1, 9.0])
    assert nearest(time, at).tolist() == [0, 0, 0, 1, 2, 2]
    assert nearest(np.array([5.0]), np.array([0.0, 9.0])).tolist() == [0, 0]
