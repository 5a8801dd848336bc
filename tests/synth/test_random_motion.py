"""Motion without a style."""

from __future__ import annotations

import numpy as np
import pytest

from dance3d.skeleton import H36M17
from dance3d.synth.kinematics import random_body
from dance3d.synth.random_motion import random_motion

PARENTS = [max(parent, 0) for parent in H36M17.parent_indices]


def at(xyz: np.ndarray, joint: str) -> np.ndarray:
    return xyz[:, H36M17.index(joint)]


@pytest.fixture(scope="module", params=range(8))
def motion(request: pytest.FixtureRequest) -> np.ndarray:
    return random_motion(6.0, request.param).xyz.astype(np.float64)


def test_bones_keep_their_length_but_for_the_nose(motion: np.ndarray) -> None:
    bones = np.linalg.norm(motion - motion[:, PARENTS], axis=-1)
    free = H36M17.indices("nose", "head")  # a head turns on the neck between them
    rigid = [joint for joint in range(1, len(H36M17.joints)) if joint not in free]
    assert bones[:, rigid].std(axis=0).max() < 1e-3


@pytest.mark.parametrize("side", ["left", "right"])
def test_knees_and_elbows_bend_one_way(motion: np.ndarray, side: str) -> None:
    hip, knee, ankle = (at(motion, f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
    across = at(motion, "left_hip") - at(motion, "right_hip")
    up = at(motion, "spine") - at(motion, "pelvis")
    forward = np.cross(across, up)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    bent = knee - (hip + ankle) / 2
    thigh_down = ((hip - knee) * up).sum(1) > 0
    outward = np.abs((bent * across).sum(1)) / np.linalg.norm(across, axis=1)
    clear = (np.linalg.norm(bent, axis=1) > 0.05) & thigh_down & (outward < 0.05)
    assert ((bent * forward).sum(1) < 0)[clear].sum() <= 0.03 * clear.sum()


def test_it_stands_on_the_floor_and_moves(motion: np.ndarray) -> None:
    lowest = motion[..., 1].min(axis=1)
    assert np.abs(np.median(lowest) - random_body(np.random.default_rng([0, 7])).ankle) < 0.02
    speed = np.linalg.norm(np.diff(motion, axis=0), axis=-1) * 30
    assert 0.02 < speed.mean() < 3.0 and speed.max() < 25.0


def test_seeds_differ_and_repeat() -> None:
    one, again, other = random_motion(1.0, 3), random_motion(1.0, 3), random_motion(1.0, 4)
    assert np.array_equal(one.xyz, again.xyz)
    assert not np.allclose(one.xyz, other.xyz)
    assert one.group == other.group  # ten motions share a body


def test_arms_reach_every_side() -> None:
    reach = []
    for seed in range(40):
        xyz = random_motion(4.0, seed).xyz.astype(np.float64)
        across = at(xyz, "left_shoulder") - at(xyz, "right_shoulder")
        up = at(xyz, "thorax") - at(xyz, "spine")
        basis = np.stack([across, up, np.cross(across, up)], axis=1)
        basis /= np.linalg.norm(basis, axis=2, keepdims=True)
        reach.append(np.einsum("tij,tj->ti", basis, at(xyz, "left_wrist") - at(xyz, "left_shoulder")))
    spread = np.percentile(np.concatenate(reach), [2, 98], axis=0)
    assert (spread[0] < [-0.1, -0.35, -0.1]).all()  # across the chest, hanging, behind the back
    assert (spread[1] > [0.3, 0.3, 0.35]).all()  # outward, overhead, in front


def test_nothing_shorter_than_a_frame() -> None:
    with pytest.raises(ValueError, match="no frame"):
        random_motion(0.0, 1)
