import pytest
import torch

from dance3d.skeleton import H36M17
from dance3d.stages.detect.body_template import standing
from dance3d.stages.detect.loss_schedule import TERMS, Cascade
from dance3d.stages.detect.module import STEPS


def test_weights_glide_between_steps_and_stay_after_the_last():
    cascade = Cascade([{"at": 0, "invented": 1}, {"at": 0.5, "physique": 0}, {"at": 0.9, "physique": 2, "arms": True}])
    assert cascade.now(0.0)[0] == dict.fromkeys(TERMS, 0.0) | {"invented": 1.0}
    weights, arms, step = cascade.now(0.7)
    assert weights["physique"] == pytest.approx(1.0) and weights["invented"] == 1 and not arms and step == 1
    weights, arms, step = cascade.now(1.2)
    assert weights["physique"] == 2 and arms and step == 2


def test_the_default_ends_with_arms_and_both_masks():
    weights, arms, _ = Cascade(STEPS).now(1.0)
    assert arms and weights["skeleton"] > 0 and weights["physique"] > 0
    assert Cascade(STEPS).now(0.0)[0]["physique"] == 0


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "the first of them at 0"),
        ([{"at": 0.1}], "the first of them at 0"),
        ([{"at": 0, "skeletons": 1}], "knows no skeletons; choose from"),
        ([{"at": 0}, {"skeleton": 1}], "must say `at`"),
        ([{"at": 0}, {"at": 0.5}, {"at": 0.4}], "above the step before"),
        ([{"at": 0, "skeleton": -1}], "below 0"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps, said):
    with pytest.raises(ValueError, match=said):
        Cascade(steps)


def test_the_standing_figure_fills_the_mask_and_faces_the_camera():
    mask = torch.zeros(2, 64, 64)
    mask[0, 8:56, 20:40] = 1
    found = standing(mask)
    at = {joint: found[0, H36M17.index(joint)] for joint in H36M17.joints}
    assert at["head"][1] == pytest.approx(-0.75 + 1 / 64, abs=0.05) and at["left_ankle"][1] < 0.76
    assert at["pelvis"][0] == pytest.approx((20 + 40) / 64 - 1, abs=0.05)
    assert at["left_hip"][0] > at["right_hip"][0], "who faces us has the left on our right"
    assert at["nose"][2] < 0, "and the nose nearer to us"
    assert torch.isfinite(found[1]).all(), "an empty mask too"
