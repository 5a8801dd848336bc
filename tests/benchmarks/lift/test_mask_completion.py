from dataclasses import replace

import numpy as np
import pytest
from lost_arm import make_scene

from dance3d.benchmarks.lift.mask_completion import bursts, roughened, score
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film


@pytest.fixture(scope="module")
def scene():
    return make_scene()


def test_losses_take_whole_limbs_away():
    lost = bursts(200, 15, np.random.default_rng(0))
    assert 0.3 <= lost.any(1).mean() < 0.45
    for side in ("left", "right"):
        for one, other in (("elbow", "wrist"), ("knee", "ankle")):
            assert (lost[:, H36M17.index(f"{side}_{one}")] == lost[:, H36M17.index(f"{side}_{other}")]).all()


def test_rough_masks_are_still_of_the_body(scene):
    exact = scene[2].mask[:4]
    rough = roughened(exact, np.random.default_rng(0))
    shared = (exact & rough).sum() / (exact | rough).sum()
    assert 0.6 < shared < 0.95
    assert not roughened(np.zeros_like(exact), np.random.default_rng(0)).any()


def test_the_bench_tells_gaps_from_what_fills_them():
    clips = [choreograph("salsa", 1.0, 1)]
    truth = film(clips)[0].truth

    def lift(tracks, settings):
        """The truth, but for joints without keypoint: these lie 100 mm too far away."""
        deep = [np.where(np.isnan(track.xy[..., :1]), [0.0, 0.0, 0.1], 0.0) for track in tracks]
        return [replace(truth, xyz=truth.xyz + d) for d in deep]

    found = score(clips, lift, 0.0, False)
    for name in ("", ".straight", ".whole"):
        assert found[f"missing{name}.mpjpe"] == pytest.approx(0, abs=1e-3)
    assert found["missing.without.mpjpe"] == pytest.approx(100, rel=1e-4) == found["missing.without.depth"]
    assert 0 < found["all.without.mpjpe"] < 100 and found["missing.without.px"] > 0
