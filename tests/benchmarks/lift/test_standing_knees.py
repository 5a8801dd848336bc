"""Knees of figures that stand, of a lifter that knows the truth and of the shipped one."""

from pathlib import Path

import numpy as np
import pytest

from dance3d.api import predict
from dance3d.benchmarks.lift import standing_knees
from dance3d.benchmarks.lift.standing_knees import BENDS, VIEWS, bench_knees, knee_bends, seen, standing
from dance3d.contracts import MotionClip
from dance3d.synth.kinematics import random_body


def body():
    return random_body(np.random.default_rng(3))


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("turn", VIEWS.values())
def test_the_figure_has_the_bend_it_should(bend, turn):
    assert knee_bends(standing(body(), bend, turn)) == pytest.approx(bend, abs=0.1)


def test_a_leg_seen_from_the_front_hardly_shows_its_bend():
    straight, bent = (seen(standing(body(), bend, 0.0), np.random.default_rng(0)).xy for bend in (0.0, 20.0))
    heights = [np.ptp(xy[..., 1], axis=1).mean() for xy in (straight, bent)]
    assert heights[1] / heights[0] == pytest.approx(1, abs=0.02)


def test_knees_of_recordings_are_those_over_standing_feet(monkeypatch):
    clips = [MotionClip(standing(body(), bend, 0.0).astype(np.float32), 30.0, "a", "a", "salsa") for bend in (10, 30)]
    monkeypatch.setattr(standing_knees, "load_motion", lambda folder: clips)
    assert standing_knees.recorded(Path("anywhere")) == {"salsa": [10, 10, 10, 20]}


def test_every_view_and_bend_is_scored(monkeypatch):
    monkeypatch.setattr(standing_knees, "BODIES", 1)
    made = []

    def remember(*arguments):
        made.append(standing(*arguments))
        return made[-1]

    monkeypatch.setattr(standing_knees, "standing", remember)

    class Pose:
        def __init__(self, xyz):
            self.xyz = xyz

    found = bench_knees(lambda tracks, settings: [Pose(made[-1])])
    assert set(found) == {f"knees.{view}.{bend:.0f}" for view in VIEWS for bend in BENDS}
    assert all(value == pytest.approx(float(name.split(".")[-1]), abs=0.1) for name, value in found.items())


@pytest.mark.parametrize(("turn", "most"), [(0.0, 15.0), (90.0, 5.0)])
def test_straight_legs_are_lifted_straight(turn, most):
    rng = np.random.default_rng(5)
    track = seen(standing(random_body(rng), 0.0, turn), rng)
    pose = predict("lift", {"keypoints": [track]}, {"field_of_view": standing_knees.FIELD_OF_VIEW})[0]
    assert np.median(knee_bends(pose.xyz)) < most
