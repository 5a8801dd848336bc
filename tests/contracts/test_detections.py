import numpy as np
import pytest

from dance3d.contracts.detections import COLOURS, Detections


def detections(frame, **change):
    n = len(frame)
    given = {"xy": np.arange(n, dtype=np.float32)[:, None, None] * np.ones((1, 17, 2), np.float32)}
    given |= {"score": np.ones((n, 17), np.float32), "colour": np.ones((n, COLOURS), np.float32)}
    return Detections(np.array(frame, np.int64), **(given | change), time=np.arange(4) / 30, size=(64, 48))


def test_rows_of_every_frame_and_some_rows_alone():
    found = detections([0, 0, 2])
    assert len(found) == 3 and found.spans().tolist() == [0, 2, 2, 3, 3]
    some = found.take(np.array([True, False, True]))
    assert some.frame.tolist() == [0, 2] and some.xy[:, 0, 0].tolist() == [0, 2] and len(some.time) == 4
    assert detections([]).spans().tolist() == [0] * 5 and some.extremities is None
    ends = np.arange(42, dtype=np.float32).reshape(3, 7, 2)
    some = detections([0, 0, 2], extremities=ends).take(np.array([0, 2]))
    np.testing.assert_array_equal(some.extremities, ends[[0, 2]])


@pytest.mark.parametrize(
    ("frame", "change", "message"),
    [
        ([1, 0], {}, r"frame must never fall and lie in 0\.\.3"),
        ([4], {}, r"lie in 0\.\.3"),
        ([0], {"score": np.ones((1, 16), np.float32)}, r"score has shape \(1, 16\), expected \(1, 17\)"),
        ([0], {"colour": np.ones((1, 3), np.float32)}, r"colour has shape \(1, 3\)"),
        ([0], {"extremities": np.ones((1, 6, 2), np.float32)}, r"extremities has shape \(1, 6, 2\), expected \(1, 7"),
    ],
)
def test_columns_that_do_not_fit_are_refused(frame, change, message):
    with pytest.raises(ValueError, match=message):
        detections(frame, **change)
