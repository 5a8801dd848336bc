import numpy as np
import torch

from dance3d.stages.lift.optimisation import depth_evidence, depth_signs
from dance3d.stages.lift.optimisation.expected_depth import upward
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


def test_the_polynomial_is_the_distance():
    generator = torch.Generator().manual_seed(0)
    samples = torch.randn(5, 2, 3, generator=generator)
    image, seen = torch.randn(7, 2, 2, 3, generator=generator), torch.randn(7, 2, 2, generator=generator)
    far = (torch.einsum("nsij,msj->mnsi", image, samples) - seen).square().sum((2, 3))
    found = depth_evidence._near(samples, image * 0.05, seen * 0.05)
    torch.testing.assert_close(found, (-far * 0.05**2 / 2 / depth_evidence.ERROR**2).exp(), atol=1e-5, rtol=1e-3)


def test_level_cameras_turn_gravity():
    for up in (upward(0.3), upward(-0.2, 0.4)):
        turn = depth_evidence.level_camera(up).numpy()
        np.testing.assert_allclose(turn @ [0, -1, 0], up, atol=1e-6)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)


def test_depths_lie_between_the_options_and_every_pattern_has_evidence(dance):
    one = dance[0]
    rays = (one.keypoints.xy.astype(np.float64) - PROTOCOL_CAMERA.centre) / PROTOCOL_CAMERA.focal
    view = depth_signs.sign_search(rays, 30.0)
    options, rows = depth_signs.candidates(view), np.arange(0, len(rays), 30)
    found = depth_evidence.evidence(view, options, rows, upward(0.0))
    assert found.torso.shape == (len(rows), 16) and found.torso_depth.shape == (len(rows), 16, 4)
    for log, depths in zip(found.limbs, found.limb_depths, strict=True):
        assert log.shape == (len(rows), 16, 4) and torch.isfinite(log).all()
        assert depths.shape == (len(rows), 16, 4, 2) and depths.abs().max() < 1.0
    assert depth_evidence.offsets(view).at_depth(options[:, :, 0, 2]).shape == (len(rays), 14, 3)
