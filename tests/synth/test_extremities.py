"""Feet, hands and face by rules."""

from __future__ import annotations

import numpy as np

from dance3d.geometry.vectors import degrees_between, unit
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.synth.appearance import random_outfit
from dance3d.synth.body import body_parts
from dance3d.synth.choreography import choreograph
from dance3d.synth.extremities import by_rules
from dance3d.synth.virtual_cameras import film


def test_a_standing_foot_is_level_and_points_where_the_dancer_faces() -> None:
    clip = choreograph("salsa", 4.0, 1)
    ends = by_rules(clip.xyz)
    at = {name: ends[:, i] for i, name in enumerate(EXTREMITIES)}
    foot = at["left_toe"] - at["left_heel"]
    ankle = clip.xyz[:, H36M17.index("left_ankle")].astype(float)
    stands = ankle[:, 1] < np.percentile(ankle[:, 1], 2) + 0.01
    assert stands.any() and np.abs(unit(foot)[stands, 1]).max() < 0.15
    hips = clip.xyz[:, H36M17.index("right_hip")] - clip.xyz[:, H36M17.index("left_hip")]
    ahead = np.cross(np.array([0.0, 1.0, 0.0]), hips)
    assert np.median(degrees_between(foot * [1, 0, 1], ahead)) < 45


def test_a_body_is_drawn_as_its_extremities_say() -> None:
    clip = choreograph("indian", 1.0, 2)
    look = random_outfit(np.random.default_rng(0)).look
    ruled = body_parts(clip.xyz, look)
    ends = np.full((*clip.xyz.shape[:1], len(EXTREMITIES), 3), np.nan, np.float32)
    same = body_parts(np.concatenate([clip.xyz, ends], 1), look)
    np.testing.assert_array_equal(same.a, ruled.a)
    turned = by_rules(clip.xyz)
    wrist = clip.xyz[:, H36M17.index("left_wrist")]
    turned[:, EXTREMITIES.index("left_hand")] = wrist + np.array([0.0, 0.08, 0.0])
    hand = body_parts(np.concatenate([clip.xyz, turned], 1), look)
    moved = np.abs(hand.b - ruled.b).max((0, 2)) > 1e-6
    assert 2 <= moved.sum() <= 3  # the palm, the fingers and the thumb


def test_films_carry_extremities_and_joints_as_without_them() -> None:
    from dataclasses import replace

    clip = choreograph("modern", 2.0, 3)
    plain = film([replace(clip, extremities=None)], 6.0, 4, "random", 2, 0.1)
    full = film([clip], 6.0, 4, "random", 2, 0.1)
    for one, other in zip(plain, full, strict=True):
        np.testing.assert_array_equal(one.keypoints.xy, other.keypoints.xy)
        assert one.keypoints.extremities is None and other.truth.extremities is not None
        assert (
            other.keypoints.extremities is not None and other.truth.camera is not None and other.truth.root is not None
        )
        xyz = other.truth.extremities + other.truth.root[:, None]
        at = xyz[..., :2] / xyz[..., 2:] * other.truth.camera.focal + other.truth.camera.centre
        off = np.linalg.norm(at - other.keypoints.extremities, axis=-1)
        assert np.isnan(off).any() and np.nanmedian(off) < 20
    exact = film([clip])[0]
    assert exact.keypoints.extremities is not None and np.isfinite(exact.keypoints.extremities).all()
