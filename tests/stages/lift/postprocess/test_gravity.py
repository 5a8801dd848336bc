import numpy as np
import pytest
from filmed_floor import apart, dance, seen

from dance3d.stages.lift.postprocess.gravity import find_up

LEVEL = np.array([0.0, -1.0, 0.0])


@pytest.mark.parametrize("genre", ["salsa", "modern", "martial", "everyday"])
@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (15, 3), (30, 0), (-8, -12)])
def test_up_is_found_before_tilted_cameras(genre, pitch, roll):
    body, up = seen(dance(genre), pitch, roll)
    found, doubt = find_up([body])
    assert np.linalg.norm(found) == pytest.approx(1) and 1 < doubt < 8
    assert apart(found, up) < 6


def test_several_dancers_are_surer_than_one():
    bodies = [seen(dance("modern", seed=seed), 20)[0] for seed in range(4)]
    up = seen(dance(), 20)[1]
    each = [find_up([body]) for body in bodies]
    together = find_up(bodies)
    assert together[1] < min(doubt for _, doubt in each)
    assert apart(together[0], up) < np.mean([apart(one, up) for one, _ in each]) + 0.5


def test_nobody_and_one_frame_still_have_an_up():
    found, doubt = find_up([])
    assert apart(found, LEVEL) < 6 and doubt > 15
    assert find_up([seen(dance()[:0])[0]])[1] == doubt
    body, up = seen(dance()[:1], 10)
    found, less = find_up([body])
    assert apart(found, up) < 10 and less < doubt
