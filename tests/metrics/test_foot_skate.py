import math

import pytest
import torch

from dance3d.metrics import FootSkate, standing
from dance3d.skeleton import H36M17

FPS = 30.0
LEFT, RIGHT = H36M17.indices("left_ankle", "right_ankle")
HEIGHTS = {"ankle": 0.08, "knee": 0.5, "hip": 0.92, "shoulder": 1.4, "elbow": 1.15, "wrist": 0.9}
MIDDLE = {"pelvis": 0.92, "spine": 1.15, "thorax": 1.4, "nose": 1.55, "head": 1.7}


def stander(frames=60):
    """(1, T, 17, 3) someone who stands still, y up; body scale 0.48 + 0.84 m = 1.32 m."""
    at = {f"{side}_{part}": (x, y) for side, x in (("left", 0.1), ("right", -0.1)) for part, y in HEIGHTS.items()}
    at |= {part: (0.0, y) for part, y in MIDDLE.items()}
    one = torch.tensor([[*at[name], 0.0] for name in H36M17.joints])
    return one.expand(1, frames, 17, 3).clone()


def value(metric, *given):
    metric.update(*given)
    return float(metric.compute())


def test_a_sliding_foot_by_hand():
    # The left foot slides forward by 2 mm a frame while it stands: 60 mm/s; the right foot rests: 30 on average.
    body = stander()
    body[0, :, LEFT, 2] = 0.002 * torch.arange(60.0)
    assert value(FootSkate(FPS), body, torch.ones(1, 60, 2)) == pytest.approx(30, rel=1e-4)
    assert value(FootSkate(FPS), body) == pytest.approx(30, rel=1e-4)  # 0.06 m/s is slow: the rule says it stands
    left = torch.zeros(1, 60, 2)
    left[0, 10:21, 0] = 1
    assert value(FootSkate(FPS), body, left) == pytest.approx(60, rel=1e-4)


def test_a_rising_foot_does_not_slide_and_up_may_be_any_direction():
    body = stander()
    body[0, :, RIGHT, 1] += 0.001 * torch.arange(60.0)
    assert value(FootSkate(FPS), body, torch.ones(1, 60, 2)) == pytest.approx(0, abs=1e-3)
    camera = body[..., [0, 2, 1]] * torch.tensor([1.0, 1.0, -1.0])  # up is -z here
    up = torch.tensor([0.0, 0.0, -1.0])
    assert value(FootSkate(FPS), camera, torch.ones(1, 60, 2), up) == pytest.approx(0, abs=1e-3)
    assert torch.equal(standing(camera, FPS, up), standing(body, FPS))


def test_a_step_is_no_contact():
    body = stander()
    swing = torch.arange(20.0)
    body[0, 20:40, LEFT, 1] += 0.15 * torch.sin(swing / 19 * math.pi)
    body[0, 20:40, LEFT, 2] += 0.6 * swing / 19
    body[0, 40:, LEFT, 2] += 0.6
    found = standing(body, FPS)[0]
    assert found[:, 1].all() and found[:18, 0].all() and found[42:, 0].all() and not found[21:39, 0].any()
    assert value(FootSkate(FPS), body) < 30  # of the 947 mm/s of the whole swing


def test_hysteresis_keeps_what_was_sure_and_takes_nothing_that_never_was():
    # The body scale is 1.32 m: 0.04 of it is 53 mm, 1.3 times that 69 mm.
    body = stander()
    body[0, 20:, LEFT, 1] += (0.003 * torch.arange(1, 41.0)).clamp_max(0.06)  # slowly up to between both limits
    found = standing(body, FPS)[0, :, 0]
    assert found.all()
    body[0, 50:52, LEFT, 1] += 0.1  # in the air for a moment, and then not low enough to stand anew
    found = standing(body, FPS)[0, :, 0]
    assert found[:48].all() and not found[50:].any()


def test_one_frame_and_missing_frames():
    assert standing(stander(1), FPS).all()
    assert math.isnan(value(FootSkate(FPS), stander(1)))  # no step, no speed
    gone = stander()
    gone[0, 20:30] = torch.nan
    found = standing(gone, FPS)[0]
    assert not found[19:31].any() and found[:19].all() and found[31:].all()
    assert value(FootSkate(FPS), gone) == pytest.approx(0, abs=1e-6)
    assert not standing(torch.full((1, 5, 17, 3), torch.nan), FPS).any()


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="bodies"):
        FootSkate().update(stander()[:, :, :5])
    with pytest.raises(ValueError, match="contact"):
        FootSkate().update(stander(), torch.ones(1, 60))
    with pytest.raises(ValueError, match="fps"):
        FootSkate(fps=-1)
