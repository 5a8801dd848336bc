import numpy as np
import pytest
from walkers import BODY, SIZE, SWING

from dance3d.movement_types import WORDS
from dance3d.skeleton import H36M17
from dance3d.studio.live.followed_dancer import FOLLOWED_BY, LOST, SECONDS, FollowedDancer, ReadStretch, read_stretch


@pytest.fixture(scope="module")
def walking():
    """Somebody who walks before a camera for three seconds, as a stretch."""
    dancer = FollowedDancer(SIZE, H36M17.name)
    for time in np.arange(75) / 25:
        xy = BODY + [400 + 60 * time, 400] + SWING * np.sin(2 * np.pi * time)
        dancer.add(time, [np.concatenate([xy, np.full((17, 1), 0.9)], 1)])
    return dancer.stretch()


def body(x, height, score=0.9):
    """Joints (17, 3) of somebody who stands at x, so many pixels tall."""
    up = np.linspace(0, height, 17)
    return np.stack([x + 10 * np.sin(up), 400 - up, np.full(17, score)], -1)


def test_the_largest_is_followed_and_then_the_nearest():
    dancer = FollowedDancer((640, 480), H36M17.name)
    assert dancer.add(0.0, [body(100, 150), body(400, 300)]) == 1
    assert dancer.add(0.1, [body(410, 280), body(100, 350)]) == 0, "another is larger now"
    assert dancer.add(0.2, [body(100, 350)]) is None, "hidden: nobody is taken for the dancer"
    assert dancer.add(0.3, [body(100, 350), body(420, 290)]) == 1
    assert dancer.add(0.4 + LOST, [body(100, 350)]) == 0, "long gone: the largest"
    assert dancer.add(9.0, []) is None


def test_a_stretch_is_the_last_seconds_with_missing_frames():
    dancer = FollowedDancer((640, 480), H36M17.name)
    dancer.add(0.0, [body(300, 300)])
    assert dancer.stretch() is None
    times = np.arange(1, 200) / 25
    for time in times:
        dancer.add(time, [] if 6.0 < time < 6.5 else [body(300, 300)])
    found = dancer.stretch()
    assert found.time[-1] == times[-1] and SECONDS - 0.05 < found.time[-1] - found.time[0] <= SECONDS
    assert np.isfinite(found.xy[-1]).all() and not found.measured[(found.time > 6.0) & (found.time < 6.5)].any()


def test_a_stretch_is_lifted_stands_on_the_ground_and_knows_its_words(walking):
    read = read_stretch(walking)
    assert read.world.shape == (walking.frames, 17, 3) and read.prob.shape == (walking.frames, len(WORDS))
    np.testing.assert_allclose(read.world[..., 1].min(1), 0, atol=1e-9)
    late = read.at(walking.time[-1])
    assert late.time == pytest.approx(walking.time[-1] - FOLLOWED_BY, abs=1 / 25)
    early = read.at(walking.time[30])
    assert early.time == walking.time[30] and set(early.words) <= {word.title for word in WORDS}


def test_words_are_in_order_of_how_likely_they_are():
    time = np.arange(10) / 10
    prob = np.tile([0.0, 0.5, 0.9], (10, 1))
    world = np.zeros((10, 17, 3))
    world[3] = np.nan
    read = ReadStretch(time, world, prob, ("bow", "step", "jump"))
    assert read.at(0.5).words == ("jump", "step")
    assert read.at(0.35) is None and read.at(-1.0) is None
