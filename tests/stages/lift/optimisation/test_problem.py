import numpy as np
import pytest
import torch

from dance3d.stages.lift.optimisation.joint_limits import BONES, PAIRS
from dance3d.stages.lift.optimisation.problem import keypoint_rays, lengths_of, problem, stack_clips
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


def test_rays_are_tangents_and_missing_joints_are_filled_but_not_trusted(dance):
    k = dance[0].keypoints
    xy, score = k.xy.astype(float).copy(), k.score.copy()
    xy[10:12, 3], xy[:, 7] = np.nan, np.nan
    rays = keypoint_rays(xy, score, PROTOCOL_CAMERA, 30.0)
    known = np.isfinite(xy)
    expected = (xy - PROTOCOL_CAMERA.centre) / PROTOCOL_CAMERA.focal
    np.testing.assert_allclose(rays.given[known], expected[known], atol=1e-9)
    assert np.isfinite(rays.given).all() and not rays.trust[10:12, 3].any() and not rays.trust[:, 7].any()
    np.testing.assert_allclose(rays.given[10, 3], expected[[9, 12], 3].mean(0), atol=0.01)
    assert rays.smoothed_error <= rays.error


def test_both_sides_have_one_length():
    xyz = np.random.default_rng(0).normal(size=(5, 17, 3))
    found = lengths_of(xyz)
    assert found.shape == (16,) and (found[PAIRS] == found).all()
    middle = int(np.flatnonzero(PAIRS == np.arange(16))[0])
    each = np.linalg.norm(xyz[:, BONES[middle, 1]] - xyz[:, BONES[middle, 0]], axis=-1)
    assert found[middle] == pytest.approx(np.median(each))
    assert lengths_of(np.zeros((2, 17, 3))).min() == 0.01  # a bone of no length has no direction


def test_seeds_differ_by_the_seed_and_start_on_their_rays(dance):
    k = dance[0].keypoints
    one = problem(k.xy[:20], k.score[:20], PROTOCOL_CAMERA, 30.0, count=4)
    assert one.x.shape == (4, 3, 18, 20) and one.shown.all()
    again = problem(k.xy[:20], k.score[:20], PROTOCOL_CAMERA, 30.0, count=4)
    assert torch.equal(one.x, again.x)
    depths = one.x[:, 2, :17]
    assert not torch.equal(depths[0], depths[1]) and depths.min() > 0.3
    assert stack_clips([np.zeros((5, 17, 3))]).shape == (1, 3, 17, 5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 0}, "count of seeds is 0, expected at least 1"),
        ({"start": np.zeros((3, 17, 3))}, r"start has shape \(3, 17, 3\), expected \(5, 17, 3\), finite"),
    ],
)
def test_bad_orders_are_refused(dance, given, message):
    k = dance[0].keypoints
    with pytest.raises(ValueError, match=message):
        problem(k.xy[:5], k.score[:5], PROTOCOL_CAMERA, 30.0, **({"count": 1} | given))
