"""Rates and lengths of movements over takes."""

import numpy as np
import pytest
from motion_bodies import FPS, FRAMES
from motion_cases import CASES

from dance3d.contracts import MotionClip
from dance3d.movement_types import NAMES
from dance3d.stages.motion.rates import of_clip, pictures, rates
from dance3d.stages.motion.rules.thresholds import shipped


def clip(name):
    return MotionClip(CASES[name]().astype(np.float32), FPS, name, name)


def test_rates_count_events_and_their_lengths():
    takes = [clip("l_arm.raise_side"), clip("l_arm.raise_side"), clip("l_knee.bend")]
    found = {one.movement: one for one in rates(takes)}
    assert tuple(found) == NAMES
    one, on = found["l_arm.raise_side"], of_clip(takes[0])[:, NAMES.index("l_arm.raise_side")].sum()
    assert one.events == 2
    assert one.per_minute == pytest.approx(2 * 60 / (3 * FRAMES / FPS))
    assert one.share == pytest.approx(2 * on / (3 * FRAMES))
    assert one.shortest == one.median == one.longest == pytest.approx(on / FPS)
    assert found["r_arm.raise_side"].events == 0
    assert np.isnan(found["r_arm.raise_side"].median)
    shown = pictures(list(found.values()))
    assert {"rates_arm", "lengths_arm", "rates_body", "lengths_body"} <= set(shown)
    assert all(image.shape[1] == 960 for image in shown.values())


def test_rates_follow_the_thresholds():
    strict = shipped().changed({"arm.raise_side": {"excursion": 170}})
    found = {one.movement: one.events for one in rates([clip("l_arm.raise_side")], strict)}
    assert found["l_arm.raise_side"] == 0


def test_rates_of_nothing_are_refused():
    with pytest.raises(ValueError, match="at least one take"):
        rates([])
