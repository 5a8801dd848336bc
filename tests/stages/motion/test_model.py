"""The recognisers: shapes, invariances, chunks, calibration, and learning from a training set on disk."""

import numpy as np
import pytest
import torch
from moving_arms import dancing, inputs, pose

from dance3d.movement_types import MOVEMENTS, NAMES
from dance3d.stages.motion.model import REACH, MotionNet
from dance3d.stages.motion.part_features import PartFrames
from dance3d.stages.motion.predict import recognise


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_logits_of_part_nets_come_in_the_order_of_the_vocabulary(frames):
    net = MotionNet("lstm", hidden=8, hints=False).eval()
    body, hints = torch.rand(2, frames, 17, 4), torch.zeros(2, frames, len(MOVEMENTS))
    logits, _ = net(body, hints)
    assert logits.shape == (2, frames, len(MOVEMENTS))
    part = net.parts["hips"](PartFrames(body).part("hips"))[0]
    torch.testing.assert_close(logits[..., NAMES.index("hips.shift_left")], part[..., 0])


def test_wrong_shapes_and_settings_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 5, 16, 4\)"):
        MotionNet(hidden=8)(torch.zeros(2, 5, 16, 4), torch.zeros(2, 5, 154))
    with pytest.raises(ValueError, match=r"hints have shape \(2, 5, 3\)"):
        MotionNet(hidden=8)(torch.zeros(2, 5, 17, 4), torch.zeros(2, 5, 3))
    with pytest.raises(ValueError, match="'gru' is not known; choose from tcn, lstm"):
        MotionNet("gru")
    with pytest.raises(ValueError, match="dims is 2 with hints True"):
        MotionNet(dims=2)


def test_convolutions_reach_as_far_as_they_say():
    torch.manual_seed(0)
    net = MotionNet(hidden=8, hints=False).double().eval()
    joints = torch.rand(1, 300, 17, 4, dtype=torch.double)
    moved = joints.clone()
    moved[:, 150] = torch.rand(17, 4)
    changed = (net(joints, None)[0] != net(moved, None)[0]).any(-1)[0].nonzero()
    assert 150 - REACH <= changed.min() <= 150 - REACH + 3  # the farthest weights are next to nothing
    assert 150 + REACH - 3 <= changed.max() <= 150 + REACH


def test_a_forward_net_does_not_look_ahead():
    net = MotionNet("lstm", hidden=8).eval()
    joints, hints = inputs(dancing())
    cut, _ = net(joints[None, :90], hints[None, :90])
    whole, _ = net(joints[None], hints[None])
    torch.testing.assert_close(cut[:, :89], whole[:, :89])  # the last frame's velocity needs one frame more


def test_probabilities_are_calibrated_and_thresholds_theirs():
    net = MotionNet(hidden=8).eval()
    slope, shift, least = torch.full((154,), 0.5), torch.linspace(-1, 1, 154), torch.linspace(-2, 2, 154)
    ruled = torch.zeros(154)
    ruled[[3, 40]] = 1
    net.calibrate(slope, shift, least, ruled)
    logits = torch.randn(5, 154)
    torch.testing.assert_close(net.probability(logits), torch.sigmoid(0.5 * logits + shift))
    found = recognise(net, pose(dancing()))
    np.testing.assert_allclose(found.least, torch.sigmoid(0.5 * least + shift), atol=1e-6)
    joints, hints = inputs(dancing())
    with torch.no_grad():
        seen = net(joints[None], hints[None])[0][0] >= least
    seen = torch.where(ruled > 0.5, hints > 0.5, seen)  # there the rules decide
    np.testing.assert_array_equal(found.made[: len(seen)], seen)


@pytest.mark.parametrize("encoder", ["tcn", "lstm"])
def test_half_precision_around_gives_logits_near_those_of_float32(encoder):
    torch.manual_seed(0)
    net = MotionNet(encoder, hidden=8, hints=False).eval()
    joints, hints = torch.randn(2, 12, 17, 4).abs(), torch.zeros(2, 12, len(net.names))
    with torch.no_grad():
        exact = net(joints, hints)[0]
        with torch.autocast("cpu", torch.bfloat16):
            found = net(joints, hints)[0]
    torch.testing.assert_close(found.float(), exact, atol=0.1, rtol=0.05)
