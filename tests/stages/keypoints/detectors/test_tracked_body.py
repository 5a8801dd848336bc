"""Tracked bodies: regions, expectation, likeness, and their state as arrays."""

import numpy as np
import pytest

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors.tracked_body import (
    TrackedBody,
    from_arrays,
    quality,
    region_of,
    similarity,
    to_arrays,
)


def standing(x=100.0, y=100.0, size=1.0):
    """A body that stands: hips at (x, y), 80 pixels from hips to ankles."""
    at = dict.fromkeys(COCO17.joints, (0.0, -70.0))
    for side, off in (("left", 10.0), ("right", -10.0)):
        at |= {f"{side}_{part}": (off, down) for part, down in {"shoulder": -50, "elbow": -25, "wrist": 0}.items()}
        at |= {f"{side}_{part}": (off, down) for part, down in {"hip": 0, "knee": 40, "ankle": 80}.items()}
    xy = size * np.array([at[joint] for joint in COCO17.joints]) + [x, y]
    return np.concatenate([xy, np.full((17, 1), 0.8)], 1)


def test_a_region_lies_around_the_hips_and_holds_the_body():
    region = region_of(standing())
    assert (region.x, region.y, region.turn) == (100, 100, 0)
    assert region.side == pytest.approx(2 * max(1.9 * 50, 1.2 * 80.6), rel=0.01)


def test_a_body_upside_down_is_read_upright():
    body = standing()
    body[:, 1] = 200 - body[:, 1]
    assert abs(region_of(body).turn) == pytest.approx(np.pi)
    leaning = standing()
    leaning[:, :2] = (leaning[:, :2] - 100) @ np.array([[0, 1], [-1, 0]]) + 100
    assert abs(region_of(leaning).turn) == pytest.approx(np.pi / 2)


def test_unsure_hips_leave_the_joints_box():
    body = standing()
    body[COCO17.indices("left_hip", "right_hip"), 2] = 0.05
    region = region_of(body)
    assert region.y == pytest.approx((30 + 180) / 2) and region.turn == 0
    body[:, 2] = 0
    assert region_of(body).side > 0


def test_likeness_is_one_for_itself_and_falls_with_distance():
    body = standing()
    assert similarity(body, body) == 1
    values = [similarity(body, standing(100 + d)) for d in (2, 10, 30, 100)]
    assert values == sorted(values, reverse=True) and values[0] > 0.9 and values[-1] < 0.1


def test_a_moving_body_is_expected_ahead_and_a_lost_one_slows_down():
    body = TrackedBody(standing(), np.zeros(2))
    for x in (110, 120, 130, 140):
        assert body.fits(standing(x))
        body = body.updated(standing(x))
    assert 145 < body.expected.x < 152
    far = [body.expected.x]
    for _ in range(40):
        body = body.missed()
        far.append(body.expected.x)
    steps = np.diff(far)
    assert (steps > 0).all() and (np.diff(steps) < 0).all() and far[-1] < 250
    assert not body.fits(standing(400)) and not body.fits(standing(far[-1], size=3))
    np.testing.assert_allclose(body.expected_points[:, 0] - body.points[:, 0], far[-1] - 140)
    assert quality(body.points) == pytest.approx(0.8)


def test_arrays_hold_everything_and_wrong_ones_are_refused():
    bodies = [TrackedBody(standing(), np.array([1.0, 2.0]), 5, 2), TrackedBody(standing(300), np.zeros(2))]
    for one, other in zip(bodies, from_arrays(to_arrays(bodies)), strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.move, other.move)
        assert (one.seen, one.lost) == (other.seen, other.lost)
    assert from_arrays(to_arrays([])) == []
    with pytest.raises(ValueError, match="no move of 2 people"):
        from_arrays({k: v for k, v in to_arrays(bodies).items() if k != "move"})
