"""Views are searched where something changed that is on nobody known, and else once in a second."""

import numpy as np
import pytest

from dance3d.stages.keypoints.detectors.tiles import square_tiles
from dance3d.stages.keypoints.detectors.view_watch import LEAST_CELLS, ViewWatch, cells_of, covered, small_size

SHAPE = (720, 1280, 3)
NOBODY = np.zeros((36, 64), bool)


def begun(fps=30):
    watch = ViewWatch(fps)
    views = square_tiles(SHAPE)
    watch.first(np.full((36, 64), 100, np.uint8), len(views), 0)
    return watch, [cells_of(view, SHAPE) for view in views]


def test_the_small_picture_is_as_long_as_told():
    assert small_size(SHAPE) == (64, 36) and small_size((1, 300, 3)) == (64, 1) and small_size((40, 20, 3)) == (32, 64)


def test_a_still_view_is_searched_once_in_a_second():
    watch, parts = begun()
    still = np.full((36, 64), 103, np.uint8)
    searched = [k for k in range(1, 95) if watch.worth(still, 0, parts[0], k, NOBODY)]
    assert searched == [30, 60, 90]


def test_a_change_is_searched_in_the_views_that_show_it_unless_somebody_known_is_there():
    watch, parts = begun()
    changed = np.full((36, 64), 100, np.uint8)
    changed[10:14, 60:] = 140  # at the right edge
    on_somebody = NOBODY.copy()
    on_somebody[9:15, 58:] = True
    assert not watch.worth(changed, 0, parts[0], 4, on_somebody)
    assert [watch.worth(changed, n, part, 4, NOBODY) for n, part in enumerate(parts)] == [True, False, False, True]
    assert not watch.worth(changed, 0, parts[0], 5, NOBODY)  # searched already


def test_a_change_smaller_than_anybody_who_can_be_found_is_none():
    watch, parts = begun()
    changed = np.full((36, 64), 100, np.uint8)
    changed[10, 50 : 50 + LEAST_CELLS - 1] = 140
    assert not watch.worth(changed, 0, parts[0], 4, NOBODY)
    changed[11, 50] = 140
    assert watch.worth(changed, 0, parts[0], 6, NOBODY)


def test_what_changed_while_somebody_stood_before_it_counts_later():
    watch, parts = begun()
    changed = np.full((36, 64), 100, np.uint8)
    changed[10:14, 60:] = 140
    everywhere = ~NOBODY
    assert not watch.worth(changed, 0, parts[0], 4, everywhere) and watch.worth(changed, 0, parts[0], 6, NOBODY)


def test_known_bodies_cover_their_cells():
    body = np.array([[640.0, 180, 1], [700, 540, 1]])
    cells = covered([body], SHAPE)
    assert cells[9:27, 32:35].all() and not cells[:5].any() and not cells[:, :28].any() and not cells[:, 40:].any()
    assert not covered([], SHAPE).any() and not covered([body - np.array([5000, 0, 0])], SHAPE).any()


def test_a_state_goes_on_and_a_wrong_one_is_refused():
    watch, parts = begun()
    other = ViewWatch(30)
    other.restore(watch.state())
    still = np.full((36, 64), 103, np.uint8)
    assert [other.worth(still, 0, parts[0], k, NOBODY) for k in (29, 30, 31)] == [False, True, False]
    assert watch.worth(still, 0, parts[0], 30, NOBODY)  # untouched by the other
    with pytest.raises(ValueError, match="no views as they were last searched"):
        other.restore({})
    assert ViewWatch(30).worth(still, 0, parts[0], 3, NOBODY)  # nothing was searched before
