import math

import pytest

from dance3d.benchmarks.detect import speed
from dance3d.stages.detect.loss_schedule import Cascade
from dance3d.stages.detect.module import STEPS


def test_both_ways_of_drawing_are_measured_and_agree():
    found = speed._drawing(speed._poses(2), 32, 0.0)
    assert set(found) == {"ms", "direct_ms", "ratio", "gradient_difference"}
    assert found["gradient_difference"] < 1e-4 and min(found.values()) >= 0


def test_triangulation_is_measured_on_what_it_can_solve():
    (gradient,) = speed._triangulation()()
    assert gradient.shape == (32, 4, 18, 2) and gradient.isfinite().all() and gradient.abs().max() > 0.1


@pytest.mark.slow
def test_training_is_measured_in_both_precisions_with_every_loss():
    found = speed.training(0.0, size=64, width=16, moments=1)
    assert set(found) == {"bf16_images", "fp32_images", "ratio"}
    assert all(math.isfinite(value) and value > 0 for value in found.values())
    weights = Cascade(STEPS).now(1.0)[0]
    assert all(weights[name] for name in ("invented", "skeleton", "physique", "consensus")), "what a step is made of"
