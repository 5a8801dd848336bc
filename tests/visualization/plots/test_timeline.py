import numpy as np
import pytest
from drawn_colours import same

from dance3d.visualization.plots import timeline
from dance3d.visualization.plots.timeline import WRONG
from dance3d.visualization.skeleton import BACK, LEFT, RIGHT


def test_a_timeline_shows_truth_above_what_was_found():
    true, found = np.zeros((2, 100, 3))
    true[10:50, 1], found[30:90, 1] = 1, 0.9
    true[20:30, 2] = np.nan
    image = timeline(true, found, np.arange(100) / 10, ["body.jump", "l_arm.wave", "r_arm.wave"], "Title")
    rows = [image[92 + y : 93 + y] for y in (6, 16)]
    above, right, wrong = same(rows[0], LEFT).sum(), same(rows[1], LEFT).sum(), same(rows[1], WRONG).sum()
    assert above == pytest.approx(2 * right, abs=3) and wrong == pytest.approx(2 * right, abs=3) and right > 100
    assert not same(image, RIGHT).any() and image.shape[0] == 92 + 24 + 56  # one movement, and none of the right arm


def test_a_timeline_keeps_the_busiest_movements_of_one_frame_or_none():
    names = [f"head.{n}" for n in range(40)]
    busy = np.tri(60, 40)
    assert timeline(busy, busy, np.arange(60) / 30, names).shape[0] == 92 + 24 * 24 + 56
    for frames in (1, 5):
        still = np.zeros((frames, 40))
        assert (timeline(still, still, np.arange(frames) / 30, names) != BACK).any()
    with pytest.raises(ValueError, match=r"expected \(T, 2\)"):
        timeline(busy, busy, np.arange(60) / 30, ["a.b", "a.c"])
