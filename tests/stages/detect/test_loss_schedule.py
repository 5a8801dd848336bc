import pytest

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
