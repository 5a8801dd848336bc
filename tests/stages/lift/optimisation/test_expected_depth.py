import numpy as np
import pytest
import torch
from pose_errors import p_mpjpe

from dance3d.geometry.projection import project
from dance3d.stages.lift.optimisation import depth_signs, expected_depth
from dance3d.stages.lift.optimisation.problem import keypoint_rays
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


def test_forward_backward_is_the_sum_over_all_paths():
    """Of two limbs, 256 patterns and two frames, all paths can be listed."""
    generator = torch.Generator().manual_seed(0)
    costs = [5 * torch.rand(2, 16, 4, generator=generator) for _ in range(2)]
    between = 5 * torch.rand(1, 8, 2, 2, generator=generator)
    likely, log = expected_depth.forward_backward(costs, between)
    own = torch.stack([(costs[0][t][:, :, None] + costs[1][t][:, None]).flatten() for t in (0, 1)])
    bits = (torch.arange(256)[:, None] >> torch.arange(8).flip(0)) & 1
    change = sum(between[0, bit][bits[:, bit]][:, bits[:, bit]] for bit in range(8))  # to, from
    path = own[0][None] + own[1][:, None] + change
    weight = (-path / expected_depth._TEMPERATURE).exp()
    assert log == pytest.approx(float(weight.sum().log()), abs=1e-4)
    later = (weight.sum(1) / weight.sum()).reshape(16, 4, 4)
    torch.testing.assert_close(likely[0][1], later.sum(2), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(likely[1][1], later.sum(1), atol=1e-5, rtol=1e-4)


def test_the_mean_body_stays_on_its_keypoints_and_beats_the_likeliest_signs(dance):
    errors = []
    for one in dance:
        xy = one.keypoints.xy + np.random.default_rng(0).normal(0, 8, (1, 17, 2))  # a bias that smoothing cannot remove
        rays = keypoint_rays(xy, one.keypoints.score, PROTOCOL_CAMERA, 30.0)
        view = depth_signs.sign_search(rays.smoothed, 30.0, rays.smoothed_error)
        body = expected_depth.expected_body(view, 30.0, expected_depth.upward(0.1))
        again = project(body, PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre))
        smooth = rays.smoothed * PROTOCOL_CAMERA.focal + PROTOCOL_CAMERA.centre
        assert np.abs(again - smooth).mean() < 6  # pixels; lines across the body share one depth
        options = depth_signs.candidates(view)
        signs = depth_signs.search(options, 30.0)
        hard = depth_signs.pose_of_signs(view, options, signs)
        errors.append([p_mpjpe(body, one.truth.xyz), p_mpjpe(hard, one.truth.xyz)])
    soft, hard = np.mean(errors, 0)
    assert soft < hard


def test_the_tilt_of_the_camera_is_found(dance):
    """Seen from below the same clip is tilted less than seen from above."""
    found = []
    for tilt in (-8.0, 16.0):
        angle = np.radians(tilt)
        turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        one = dance[0]
        xyz = one.truth.xyz @ turn.T + [0.0, 0.0, 5.0]
        xy = project(xyz, PROTOCOL_CAMERA.focal, np.array(PROTOCOL_CAMERA.centre))
        rays = keypoint_rays(xy, np.ones(xy.shape[:2]), PROTOCOL_CAMERA, 30.0)
        view = depth_signs.sign_search(rays.smoothed, 30.0, rays.smoothed_error)
        found.append(np.degrees(expected_depth.tilt_of(view, 30.0)))
    assert found[1] - found[0] > 8


def test_up_turns_with_tilt_and_roll():
    np.testing.assert_allclose(expected_depth.upward(0.0), [0, -1, 0], atol=1e-12)
    assert expected_depth.upward(0.2)[2] < 0 and np.linalg.norm(expected_depth.upward(0.2, 0.3)) == pytest.approx(1)
