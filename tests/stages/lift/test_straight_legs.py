"""Legs of motion capture made straight where the dancer's were."""

import numpy as np
import torch

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.stages.lift.straight_legs import LEFT_OVER, LEGS, MOST, straighten, straightest

LOWEST = np.radians(20.0)


def legs(degrees):
    """(1, L, 17, 3) bones of a figure whose left knee bends by so many degrees, one a frame, and whose right never."""
    angle = torch.deg2rad(torch.as_tensor(degrees, dtype=torch.float32))
    bones = torch.zeros(1, len(angle), 17, 3)
    bones[..., 1] = -0.45
    shin = torch.stack([0 * angle, -angle.cos(), -angle.sin()], -1)
    bones[0, :, H36M17.index("left_ankle")] = 0.4 * shin
    return bones


def bend(bones, side=0):
    _, knee, ankle = LEGS[side]
    thigh, shin = bones[:, :, knee].double(), bones[:, :, ankle].double()
    across = torch.linalg.cross(thigh, shin).norm(dim=-1)
    return torch.rad2deg(torch.atan2(across, (thigh * shin).sum(-1)))[0].float()


def made(degrees, lowest=LOWEST):
    return straighten(legs(degrees), torch.tensor([[lowest, lowest]]))


def test_the_straight_leg_becomes_straight_and_bent_ones_stay():
    found = bend(made([20.0, 40.0, 90.0, 150.0]))
    torch.testing.assert_close(found, torch.tensor([20 * LEFT_OVER, 32.0, 89.1, 149.8]), atol=0.5, rtol=0)


def test_a_larger_bend_stays_the_larger_and_no_bend_jumps():
    step = bend(made(torch.linspace(3, 175, 345))).diff() / 0.5
    assert step.min() > -1e-2 and step.max() < 1.7


def test_lengths_the_direction_to_the_ankle_and_all_other_bones_stay():
    before, after = legs([10.0, 25.0, 60.0]), made([10.0, 25.0, 60.0])
    torch.testing.assert_close(after.norm(dim=-1), before.norm(dim=-1))
    _, knee, ankle = LEGS[0]
    line = torch.cosine_similarity(before[:, :, knee] + before[:, :, ankle], after[:, :, knee] + after[:, :, ankle], -1)
    assert line.min() > 0.9999
    others = [joint for joint in range(17) if joint not in (knee, ankle)]
    torch.testing.assert_close(after[:, :, others], before[:, :, others])
    assert bend(after, side=1).max() < 0.1


def test_a_take_whose_legs_were_straight_is_left_alone():
    torch.testing.assert_close(made([0.0, 5.0, 30.0], lowest=0.0), legs([0.0, 5.0, 30.0]))


def test_every_take_and_side_has_its_own_straight_leg_up_to_a_limit():
    def take(least):
        bones = legs(np.linspace(least, 90, 200))[0]
        xyz = np.zeros((200, 17, 3))
        for _, knee, ankle in LEGS:
            xyz[:, knee] = bones[:, knee]
            xyz[:, ankle] = xyz[:, knee] + bones[:, ankle].numpy()
        return MotionClip(xyz.astype(np.float32), 30.0, "a", "a")

    found = torch.rad2deg(straightest([take(10.0), take(50.0)]))
    torch.testing.assert_close(found, torch.tensor([[14.0, 0.0], [MOST, 0.0]]), atol=0.2, rtol=0)
