"""Dancers who move an arm, turn and travel; a training set of them; and types of a user."""

import json

import numpy as np
from motion_bodies import ALL, ARM, TIME, X, Y, Z, ramp, shift, standing, turn, wobble

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.stages.motion.encode import encode


def dancing(seed=0):
    """A body that moves its left arm, turns and travels."""
    body = turn(standing(), ARM, "left_shoulder", X, wobble(60, 0.7 + 0.1 * seed))
    body = turn(body, ALL, "pelvis", Y, ramp(0, 120 + 30 * seed, 1.0, 4.0))
    return shift(body, ALL, Z, ramp(0, 1.0, 1.0 + 0.2 * seed, 3.0))


def pose(body, noise=0.0, seed=0):
    root = body[:, :1]
    shaken = body - root + np.random.default_rng(seed).normal(0, noise, body.shape) * (np.arange(17) > 0)[:, None]
    n = len(body)
    return Pose3D(shaken, np.ones(n, bool), np.zeros(n), TIME[:n], root=root[:, 0], up=(0, 1, 0))


def inputs(body, graded=False):
    """Joints and hints as nets read them."""
    [[_, joints, hints]], _ = encode(pose(body), graded=graded)
    return joints, hints


def make_training_set(tmp_path):
    for name in ("truth", "poses", "keypoints"):
        (tmp_path / name).mkdir()
    index = []
    for number, split in enumerate(("train", "train", "val", "test")):
        body = dancing(number)
        artefacts.save(pose(body), tmp_path / "truth" / f"{number:04d}.npz")
        artefacts.save(pose(body, 0.01, number), tmp_path / "poses" / f"{number:04d}.npz")
        xy, size = body[..., :2] * [200, -200] + [500, 600], (1000, 1000)
        seen = np.ones(xy.shape[:2], bool)
        artefacts.save(Keypoints2D(xy, seen, seen, TIME, size), tmp_path / "keypoints" / f"{number:04d}.npz")
        index.append({"name": f"take{number}", "group": "a", "genre": "", "camera": 0, "split": split})
    (tmp_path / "index.json").write_text(json.dumps(index))
    return {name: str(tmp_path / name) for name in ("truth", "poses", "keypoints")} | {
        "index": str(tmp_path / "index.json")
    }


TYPES = """
body.clap: {distance: [left_wrist, right_wrist], below: 0.1}
l_arm.salute: {rule: labels}
"""


def make_own(tmp_path):
    """A user's types, and labels of one of them."""
    (tmp_path / "types.yaml").write_text(TYPES)
    (tmp_path / "labels.csv").write_text("clip,start,stop,movement\ntake0,1.0,2.0,l_arm.salute\ntake2,,,hips.sway\n")
    return {"types": str(tmp_path / "types.yaml"), "labels": str(tmp_path / "labels.csv")}
