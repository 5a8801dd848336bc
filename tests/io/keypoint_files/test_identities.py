import numpy as np

from dance3d.io.keypoint_files.identities import identity, once_a_frame

BODY = np.array([[100, 100], [120, 150], [90, 210.0]], np.float32)


def test_of_two_the_nearer_to_the_path_stays_and_where_nothing_tells_the_surer():
    rows = np.array([0, 1, 1, 2, 90, 90])
    xy = BODY + np.array([0, 60, 4, 6, 3, 500], np.float32)[:, None, None]
    score = np.full((6, 3), 0.9, np.float32)
    score[2], score[4] = 0.3, 0.2  # the nearer is the less sure one in frame 1; at 90 nobody was seen for long
    assert once_a_frame(["a"] * 6, rows, xy, score).tolist() == [0, 2, 3, 5]
    xy[[0, 3]] = np.nan
    assert once_a_frame(["a"] * 6, rows, xy, score).tolist() == [0, 1, 3, 5]


def test_persons_do_not_take_each_others_place():
    rows = np.array([0, 0, 1, 1, 1])
    xy = BODY + np.array([0, 300, 2, 299, 2], np.float32)[:, None, None]
    score = np.ones((5, 3), np.float32)
    assert once_a_frame([1, 2, 1, 2, 2], rows, xy, score).tolist() == [0, 1, 2, 3]
    assert once_a_frame([1, 2, 3, 4, 5], rows, xy, score).tolist() == [0, 1, 2, 3, 4]


def test_who_a_body_is():
    numbers = (3, [[7.0]], True, 1.5, float("nan"), -1, 1e300)
    assert [identity(one) for one in numbers] == [3, 7, 1, None, None, None, None]
    assert [identity(one) for one in ("ann", "", None, [], {})] == ["ann", None, None, None, None]
