import numpy as np
from blazepose_bodies import body

from dance3d.skeleton import to_h36m17
from dance3d.stages.keypoints.assemble import track


def test_without_smoothing_what_was_measured_stays_as_it_was():
    rng = np.random.default_rng(0)
    noisy = body() + rng.normal(0, [0.003, 0.003, 0], (40, 33, 3))
    raw, score = to_h36m17(noisy[..., :2] * 1000, noisy[..., 2], "blazepose33")
    plain, smoothed = (track(raw, score, np.arange(40) / 30, (1000, 1000), on) for on in (False, True))
    np.testing.assert_array_equal(plain.xy[plain.measured], plain.raw[plain.measured])
    np.testing.assert_array_equal(plain.raw, smoothed.raw)
    shake = [np.linalg.norm(np.diff(k.xy, 2, axis=0), axis=-1).mean() for k in (plain, smoothed)]
    assert shake[1] < 0.2 * shake[0]
