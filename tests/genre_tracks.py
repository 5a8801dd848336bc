"""Tracks in which a genre shows: what several tests of the genre stage share."""

import json

import numpy as np

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts
from dance3d.movement_types import MOVEMENTS, NAMES
from dance3d.stages.genre.features import WIDTH, Features
from dance3d.synth.choreography import choreograph

SIGNS = {"salsa": "hips.sway", "martial": "r_arm.thrust", "modern": "torso.wave"}
"""The movement that each class makes more than the others."""


def track(genre, seed, seconds=20.0):
    """The same dance whatever the genre, and movements of chance among which the sign of the genre stands out."""
    rng = np.random.default_rng([seed, list(SIGNS).index(genre)])
    clip = choreograph("everyday", seconds, seed)
    frames = len(clip.xyz)
    time = np.arange(frames) / 30
    xyz = (clip.xyz - clip.xyz[:, :1]) * [1, -1, -1]
    pose = Pose3D(xyz, np.ones(frames), np.zeros(frames), time, up=(0, -1, 0))
    prob = rng.uniform(0, 0.2, (frames, len(MOVEMENTS)))
    for start in range(10, frames - 40, 60):
        prob[start : start + 30, NAMES.index(SIGNS[genre])] = 0.95
    for _ in range(40):  # distraction
        start, column = rng.integers(frames), rng.integers(len(MOVEMENTS))
        prob[start : start + 20, column] = 0.9
    return pose, Movements(prob, time)


def write(folder, seeds=range(4), split="train"):
    """A training set on disk, as the runner makes it."""
    index = []
    for name in ("poses", "movements"):
        (folder / name).mkdir(parents=True)
    for genre in SIGNS:
        for seed in seeds:
            pose, moves = track(genre, seed)
            artefacts.save(pose, folder / "poses" / f"{len(index):04d}.npz")
            artefacts.save(moves, folder / "movements" / f"{len(index):04d}.npz")
            line = {"name": f"{genre}-{seed}", "group": f"{genre}-{seed}", "genre": genre, "camera": 0, "split": split}
            index.append(line)
    (folder / "index.json").write_text(json.dumps(index))
    return {"index": str(folder / "index.json"), "poses": str(folder / "poses"), "movements": str(folder / "movements")}


def marked(steps, genre, group):
    """Features whose every value is the number of its step."""
    values = np.repeat(np.arange(steps, dtype=np.float32)[:, None], WIDTH, 1)
    return Features(values, np.ones(steps, np.float32), np.arange(steps) / 10)
