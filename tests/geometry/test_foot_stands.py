import numpy as np
import pytest

from dance3d.geometry.foot_stands import foot_stands
from dance3d.skeleton import H36M17


def standing(time, height=0.0):
    """A body that stands, its left foot in the air from one second to two."""
    world = np.zeros((len(time), 17, 3))
    world[..., 1] = 1.0
    for side, x in (("left", 0.1), ("right", -0.1)):
        for joint, y in (("hip", 0.9), ("knee", 0.5), ("ankle", 0.08)):
            world[:, H36M17.index(f"{side}_{joint}")] = [x, y, 0]
    world[(time > 1) & (time < 2), H36M17.index("left_ankle"), 1] = 0.4
    world[..., 1] += height
    return world


@pytest.mark.parametrize("height", [0.0, 0.4, -2.0])
@pytest.mark.parametrize("fps", [15.0, 60.0])
def test_a_lifted_foot_stands_twice_wherever_the_floor_is(height, fps):
    time = np.arange(round(3 * fps)) / fps
    found = foot_stands(standing(time, height), time)
    stands = [(int(side), time[a], time[b - 1]) for side, a, b in zip(*found, strict=True)]
    assert [side for side, *_ in stands] == [0, 0, 1]
    (_, _, up), (_, down, _), (_, first, last) = stands
    assert abs(up - 1) < 0.15 and abs(down - 2) < 0.15 and (first, last) == (0.0, time[-1])


def test_a_slide_is_no_stand_and_who_is_missing_has_none():
    time = np.arange(60) / 30
    world = standing(time)
    world[:, H36M17.index("right_ankle"), 0] += 2 * time
    assert set(foot_stands(world, time).column) == {0}
    assert not len(foot_stands(np.full((60, 17, 3), np.nan), time).column)
    assert not len(foot_stands(world[:1], time[:1]).column)
