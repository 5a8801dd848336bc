"""Rules and figures on real motion capture."""

import numpy as np
import pytest
from real_takes import make_take

from dance3d.datasets.mocap import load_motion
from dance3d.movement_types import MIRROR, NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules import computed_labels
from dance3d.stages.motion.rules.computed_labels import label

UP = np.array([0.0, 1.0, 0.0])


@pytest.fixture
def take(data_dir, tmp_path):
    return make_take(data_dir, tmp_path)


def labels(xyz, fps):
    xyz = xyz.astype(float)
    return label(xyz - xyz[:, :1], np.arange(len(xyz)) / fps, UP, xyz[:, 0])


def test_a_walker_walks(take):
    [clip] = load_motion(take("general", "02_01"))
    share = dict(zip(NAMES, labels(clip.xyz, clip.fps).mean(0), strict=True))
    assert share["body.travel_forward"] > 0.8
    for side in "lr":
        assert share[f"{side}_foot.step_forward"] > 0.05
        assert share[f"{side}_foot.step_back"] == 0
        assert share[f"{side}_leg.raise_forward"] > 0.1
    for quiet in ("body.jump", "body.spin", "body.hold_low", "torso.bend_back", "l_arm.hold_high"):
        assert share[quiet] == 0


def test_the_mirrored_dancer_makes_the_mirrored_movements(take):
    [clip] = load_motion(take("salsa", "salsa_13"))
    mirrored = clip.xyz[:, H36M17.swap] * np.array([-1, 1, 1])
    np.testing.assert_array_equal(labels(mirrored, clip.fps)[:, MIRROR], labels(clip.xyz, clip.fps))


def test_a_long_take_is_read_in_pieces_as_a_whole(take, monkeypatch):
    [clip] = load_motion(take("salsa", "salsa_01"))
    once = labels(clip.xyz, clip.fps)
    monkeypatch.setattr(computed_labels, "PIECE", 120)
    monkeypatch.setattr(computed_labels, "AROUND", 180)
    assert len(once) > 360 and np.array_equal(labels(clip.xyz, clip.fps), once)
