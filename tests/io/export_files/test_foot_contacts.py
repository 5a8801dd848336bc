import numpy as np

from dance3d.io.export_files.foot_contacts import foot_contacts
from dance3d.skeleton import H36M17


def standing(time):
    """A body that stands, its left foot in the air from one second to two."""
    world = np.zeros((len(time), 17, 3))
    for side, x in (("left", 0.1), ("right", -0.1)):
        for joint, y in (("hip", 0.9), ("knee", 0.5), ("ankle", 0.08)):
            world[:, H36M17.index(f"{side}_{joint}")] = [x, y, 0]
    world[:, H36M17.index("pelvis"), 1], world[:, H36M17.index("thorax"), 1] = 0.9, 1.4
    world[(time > 1) & (time < 2), H36M17.index("left_ankle"), 1] = 0.4
    return world


def test_a_foot_that_is_lifted_leaves_the_floor_and_comes_back():
    time = np.arange(90) / 30 + 5
    found = foot_contacts(standing(time - 5), time)
    assert found["right"] == [(0.0, round(89 / 30, 4))]
    (a, b), (c, d) = found["left"]
    assert a == 0 and abs(b - 1) < 0.15 and abs(c - 2) < 0.15 and d == round(89 / 30, 4)


def test_a_foot_that_glides_does_not_stand_and_gaps_are_none():
    time = np.arange(60) / 30
    world = standing(time)
    world[:, H36M17.index("right_ankle"), 0] += 2 * time
    world[20:30] = np.nan
    found = foot_contacts(world, time)
    assert not found["right"] and all(stop <= 20 / 30 or start >= 29 / 30 for start, stop in found["left"])


def test_nobody_stands_where_nobody_is():
    for frames in (1, 5):
        assert foot_contacts(np.full((frames, 17, 3), np.nan), np.arange(frames) / 30) == {"left": [], "right": []}
