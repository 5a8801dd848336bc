import numpy as np
import pytest

from dance3d.contracts import Keypoints2D
from dance3d.stages.lift.even_rate import around_pelvis
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


@pytest.mark.parametrize(("fps", "expected"), [(60.0, 31), (30.0, 30), (None, 30)])
def test_lifters_see_their_own_rate_and_answers_come_back(fps, expected):
    """A lifter of 30 frames per second sees 31 of 60; at its own rate, or where any does, the clip as it is."""
    frames = 61 if fps == 60 else 30
    time = np.arange(frames) / (fps or 25.0)
    xy = np.broadcast_to(500 + 100 * time[:, None, None], (frames, 17, 2)).copy()
    track = Keypoints2D(
        xy.astype(np.float32), np.ones((frames, 17), np.float32), np.ones((frames, 17), bool), time, (1000, 1000)
    )
    seen = []

    def uniform(rays, present, camera):
        seen.append(len(rays))
        return np.concatenate([rays, np.zeros((*rays.shape[:2], 1))], -1), np.zeros(rays.shape[:2])

    rate = None if fps is None else 30.0
    xyz, apart = around_pelvis(uniform, rate, xy, track, np.ones((frames, 17), bool), PROTOCOL_CAMERA)
    assert seen == [expected] and apart.shape == (frames, 17)
    rays = (xy - np.array(PROTOCOL_CAMERA.centre)) / PROTOCOL_CAMERA.focal
    np.testing.assert_allclose(xyz[..., :2], rays, atol=1e-9)
