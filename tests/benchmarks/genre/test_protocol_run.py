import numpy as np
import pytest

from dance3d.benchmarks.genre import protocol_run
from dance3d.benchmarks.genre.protocol_run import PredictedWindows, Window
from dance3d.stages.genre.protocols import TakeWindow


def test_windows_lie_inside_their_stretch():
    side = (TakeWindow(0, 25, 275), TakeWindow(1, 0, 124), TakeWindow(1, 200, 325))
    assert protocol_run.cut(side, [25, 25]) == [Window(0, 1), Window(0, 6), Window(1, 8)]
    assert len(protocol_run.cut(side[:1], [25, 25], 1.25)) == 5


def test_folds_are_scored_together():
    one = PredictedWindows(np.array([0, 0, 1]), np.eye(2)[[0, 1, 1]], np.array([0, 0, 1]), [Window(0, 0)] * 3)
    other = PredictedWindows(np.array([1, 1]), np.array([[0.4, 0.6], [0.9, 0.1]]), np.array([0, 0]), [Window(1, 0)] * 2)
    got = protocol_run.figures(protocol_run.joined([one, other]), ("a", "b"))
    assert got["windows"] == 5 and got["accuracy"] == 0.6
    assert got["f1.a"] == 0.5 and got["f1.b"] == pytest.approx(2 / 3, abs=1e-3)
    assert got["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 2, abs=1e-3)
    assert got["clip.accuracy"] == pytest.approx(2 / 3, abs=1e-3), "by the mean of its windows the last is named a"
    assert 0 <= got["ece"] <= 1
