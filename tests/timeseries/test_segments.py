"""Segments of a boolean series: where they begin and end, and which are long enough."""

import numpy as np
import pytest

from dance3d.timeseries.segments import lasting, long_segments, segments, segments_by_column


@pytest.mark.parametrize(
    ("series", "found"),
    [
        ("", []),
        ("....", []),
        ("#", [[0, 1]]),
        ("####", [[0, 4]]),
        ("##..", [[0, 2]]),
        ("..##", [[2, 4]]),
        (".##.#", [[1, 3], [4, 5]]),
    ],
)
def test_segments_of_one_series(series, found):
    flags = np.array([c == "#" for c in series], bool)
    got = segments(flags)
    assert got.shape == (len(found), 2) and got.tolist() == found
    starts, stops = got.T
    assert [flags[a:b].all() for a, b in zip(starts, stops, strict=True)] == [True] * len(found)


def test_a_view_with_strides_is_read_as_it_looks():
    flags = np.array([[1, 0], [1, 1], [0, 1]], bool)
    assert segments(flags[:, 1]).tolist() == [[1, 3]] and segments(flags[::-1, 0]).tolist() == [[1, 3]]


def spans(found):
    return [tuple(map(int, one)) for one in zip(*found, strict=True)]


def flags_of(*spans, frames=300):
    """(T, 2) flags that are true in (column, start, stop) spans."""
    out = np.zeros((frames, 2), bool)
    for column, start, stop in spans:
        out[start:stop, column] = True
    return out


def test_columns_are_kept_apart_and_both_ends_are_reached():
    assert spans(segments_by_column(flags_of((1, 0, 5), (1, 290, 300), (0, 299, 300)))) == [
        (0, 299, 300),
        (1, 0, 5),
        (1, 290, 300),
    ]
    assert spans(segments_by_column(np.ones((3, 2), bool))) == [(0, 0, 3), (1, 0, 3)]
    for shape in ((0, 2), (5, 0), (0, 0)):
        assert spans(segments_by_column(np.ones(shape, bool))) == []


def test_gaps_close_inside_a_column_only_and_short_segments_are_dropped():
    kept = lasting(flags_of((0, 10, 20), (0, 23, 30), (0, 290, 300), (1, 2, 9), (1, 50, 52)), 30)
    assert spans(kept) == [(0, 10, 30), (0, 290, 300), (1, 2, 9)]


def test_long_segments_keep_their_frames():
    flags = np.array([1, 1, 0, 1, 1, 1], bool)
    assert long_segments(flags, 3).tolist() == [False, False, False, True, True, True]
    assert long_segments(flags, 1).tolist() == flags.tolist() and not long_segments(flags, 4).any()
    assert long_segments(flags[:0], 2).shape == (0,)
