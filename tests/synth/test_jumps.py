"""Invented jumps leave the floor for as long as a fall takes, and the rules see what was danced."""

import numpy as np
import pytest

from dance3d.movement_types import WORD_NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.graded_labels import CLEAR, both
from dance3d.synth.jumps import FPS, GRAVITY, jumping
from dance3d.timeseries.segments import segments

ANKLES = H36M17.indices("left_ankle", "right_ankle")


@pytest.mark.parametrize("seed", range(3))
def test_the_feet_rise_as_high_as_was_said_and_only_then(seed):
    clip, flights = jumping(10.0, seed)
    assert len(clip.xyz) == 300 and flights
    low = clip.xyz[:, ANKLES, 1].min(1)
    time = np.arange(len(low)) / FPS
    for one in flights:
        middle = low[np.abs(time - one.start - one.seconds / 2) < 0.05].max()
        assert middle - np.median(low) == pytest.approx(one.height, abs=0.04)
        assert one.seconds == pytest.approx(np.sqrt(8 * one.height / GRAVITY))
    free = np.all([np.abs(time - one.start - one.seconds / 2) > one.seconds / 2 + 0.1 for one in flights], axis=0)
    assert low[free & (time < 9)].max() - np.median(low) < 0.06


def test_the_rules_name_jumps_and_hops_of_the_true_motion():
    clip, flights = jumping(10.0, 0)
    root = clip.xyz[:, 0].astype(float)
    time = np.arange(len(root)) / FPS
    words = both(clip.xyz - root[:, None], time, np.array([0, 1.0, 0]), root).words
    for name, feet in (("jump", 2), ("hop", 1)):
        found = segments(words[:, WORD_NAMES.index(name)] == CLEAR) / FPS
        for one in flights:
            inside = [(a, b) for a, b in found if a < one.start + one.seconds / 2 < b]
            assert not inside or one.feet == feet or name == "jump"
            assert inside or one.feet != feet


def test_the_same_seed_gives_the_same_dance():
    np.testing.assert_array_equal(jumping(2.0, 5)[0].xyz, jumping(2.0, 5)[0].xyz)
