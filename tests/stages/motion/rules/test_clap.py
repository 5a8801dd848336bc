"""Hands that come together fast and meet are a clap; hands that pass, stay apart or come slowly are none."""

import numpy as np
import pytest
from motion_bodies import FRAMES, TIME, standing

from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.clap import clap
from dance3d.stages.motion.rules.computed_labels import sample
from dance3d.timeseries.segments import segments

LEFT, RIGHT = H36M17.index("left_wrist"), H36M17.index("right_wrist")


def found(left, right):
    """Flags where the wrists stand at so much to the right, metres, in front of the chest."""
    body = standing()
    for wrist, x in ((LEFT, left), (RIGHT, right)):
        body[:, wrist] = np.stack([x, np.full(FRAMES, 1.3), np.full(FRAMES, -0.35)], 1)
    root = body[:, H36M17.index("pelvis")]
    stretches, _ = sample(body - root[:, None], TIME, np.array([0, 1.0, 0]), root)
    return clap(stretches[0].signals)


def closing(wide, near, seconds):
    """Half the distance of the hands: wide, together within so many seconds at 2.0 s, and apart from 2.5 s on."""
    return np.interp(TIME, [2.0 - seconds, 2.0, 2.5, 2.5 + seconds], [wide, near, near, wide])


def test_every_clap_is_found_once_and_when_the_hands_meet():
    half = np.interp(np.mod(TIME, 1.0), [0, 0.15, 0.3, 1.0], [0.3, 0.03, 0.3, 0.3])
    on = segments(found(-half, half))
    assert len(on) == 6
    assert np.abs(on.mean(1) / 30 - (np.arange(6) + 0.15)).max() < 0.1


def test_hands_that_stop_together_have_clapped_and_do_not_clap_when_they_part():
    on = segments(found(-closing(0.3, 0.04, 0.15), closing(0.3, 0.04, 0.15)))
    assert len(on) == 1 and abs(on.mean() / 30 - 2.0) < 0.12


@pytest.mark.parametrize(("near", "seconds"), [(0.12, 0.15), (0.04, 1.5)], ids=["apart", "slow"])
def test_hands_that_stay_apart_or_come_slowly_do_not_clap(near, seconds):
    assert not found(-closing(0.3, near, seconds), closing(0.3, near, seconds)).any()


def test_hands_that_pass_each_other_do_not_clap():
    x = np.interp(TIME, [2.0, 2.3], [-0.3, 0.3])
    assert not found(x, -x).any()
