import numpy as np
import pytest
from motion_bodies import ALL, LEG, TIME, Y, Z, bump, ramp, shift, standing, turn
from rule_signals import signals

from dance3d.geometry.body_frame import part_frame
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.signals import (
    bearing,
    body_scale,
    level,
    low_pass,
    path_of_standing_foot,
    rate,
    resample,
    seen_from,
    uniform_stretches,
)
from dance3d.stages.motion.rules.thresholds import shipped


def test_rates_are_per_second_and_bearings_do_not_jump():
    assert rate(2.0 * np.arange(10) / 30) == pytest.approx(2)
    assert rate(np.ones((1, 3))).tolist() == [[0, 0, 0]]
    angle = np.linspace(0, 4 * np.pi, 90)
    np.testing.assert_allclose(bearing(np.sin(angle), np.cos(angle)), np.degrees(angle), atol=1e-9)


def test_uneven_times_become_an_even_grid_and_slow_motion_passes():
    time = np.array([0.0, 0.1, 0.3, 0.35, 1.0])
    x, grid = resample(5 * time[:, None], time, 30.0)
    np.testing.assert_allclose(x[:, 0], 5 * grid, atol=1e-9)
    assert len(grid) == 31
    seconds = np.arange(300) / 30
    slow, quick = np.sin(2 * np.pi * 0.5 * seconds), np.sin(2 * np.pi * 12 * seconds)
    assert np.abs(low_pass(slow + quick, 4.0, 30.0) - slow)[30:-30].max() < 0.05
    assert low_pass(slow[:3], 4.0, 30.0) is not None and len(low_pass(slow[:3], 4.0, 30.0)) == 3


def test_frames_are_right_up_forward_of_the_dancer():
    frames = part_frame(np.array([[2.0, 0, 0]]), np.array([[1.0, 3.0, 0]]))
    np.testing.assert_allclose(frames[0], [[1, 0, 0], [0, 1, 0], [0, 0, -1]], atol=1e-12)
    assert seen_from(frames, np.array([[0.0, 0.0, -2.0]])).tolist() == [[0, 0, 2]]
    up = np.array([0.6, 0.0, 0.8])
    turned = level(np.stack([up, [0.8, 0.0, -0.6]]), up)
    np.testing.assert_allclose(turned[0], [0, 1, 0], atol=1e-12)
    assert turned[1, 1] == pytest.approx(0, abs=1e-12)


def test_lengths_are_in_the_bodys_own_scale():
    body = standing()
    assert body_scale(body) == pytest.approx(0.5 + 0.87)
    one, other = signals(body), signals(1.4 * body)
    np.testing.assert_allclose(other.p[10] - other.p[10, :1], one.p[10] - one.p[10, :1], atol=1e-9)
    assert one.leg == pytest.approx(0.87 / 1.37) and one.arm["left"] == pytest.approx(0.55 / 1.37)


def test_feet_stand_until_they_are_lifted():
    found = signals(shift(standing(), LEG, Y, bump(0.2, 2.2, 0.3)))
    assert found.contact["right"].all() and found.contact["left"][:30].all() and not found.contact["left"][60:72].any()
    assert found.floor == pytest.approx(0.08 / body_scale(standing()), abs=1e-3)
    assert found.part(10, 30).p.shape[0] == 20 and found.part(10, 30).floor == found.floor


def test_headings_turn_with_the_dancer():
    found = signals(turn(standing(), ALL, "pelvis", Y, ramp(0, 90, 2.0, 3.0)))
    yaw = found.yaw(found.bone("left_hip", "right_hip"))
    assert yaw[-1] - yaw[0] == pytest.approx(90, abs=1)
    for heading in (found.heading, found.chest_heading):
        np.testing.assert_allclose(heading[0] @ heading[0].T, np.eye(3), atol=1e-9)
        assert (heading[:, 1] == [0, 1, 0]).all() and heading[0, 2] @ heading[-1, 2] == pytest.approx(0, abs=0.02)
    toes = found.at("nose")[0] - found.at("head")[0]  # the nose is in front
    assert seen_from(found.heading[:1], toes[None])[0, 2] > 0
    np.testing.assert_allclose(found.pelvis[0], found.chest[0], atol=1e-6)


def test_a_step_seen_from_the_pelvis_moves_the_pelvis():
    """The right foot stands; in the pelvis's frame it glides back while the body goes forward."""
    body = standing() - standing()[:, :1]
    moving = shift(body, ("right_knee", "right_ankle"), Z, ramp(0, 0.3, 2.0, 3.0))
    moving = shift(moving, ("left_knee", "left_ankle"), Y, 0.2)
    path = path_of_standing_foot(moving)
    assert path[-1, 2] - path[0, 2] == pytest.approx(-0.3, abs=0.02) and np.abs(path[:, 0]).max() < 0.01
    assert path[0, 1] == pytest.approx(-moving[0, H36M17.index("right_ankle"), 1])


def test_a_clip_is_cut_where_the_dancer_is_missing():
    body = standing()
    xyz, root = body - body[:, :1], body[:, 0].copy()
    xyz[80:120] = np.nan
    stretches = uniform_stretches(xyz, TIME, Y, root, shipped())
    assert [(round(grid[0], 2), round(grid[-1], 2)) for _, grid in stretches] == [(0.0, 2.63), (4.0, 5.97)]
    assert uniform_stretches(np.full_like(xyz, np.nan), TIME, Y, root, shipped()) == []


def test_times_that_would_fill_the_memory_are_refused():
    with pytest.raises(ValueError, match=r"at most 5000000 are laid out: are they seconds\?"):
        resample(np.zeros((2, 3)), np.array([0.0, 1e12]), 30.0)
