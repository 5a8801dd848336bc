"""Stages that need no weights, for tests of what measures them."""

import numpy as np

from dance3d.contracts import Genre, Movements, Pose3D
from dance3d.movement_types import MOVEMENTS


def fake(answer):
    """A chain whose poses are straight from the picture, and whose genre is always the same."""

    def predict(stage, inputs):
        if stage == "lift":
            return [
                Pose3D(np.concatenate([k.xy, k.xy[..., :1]], -1) / 1000, k.measured.all(1), np.zeros(k.frames), k.time)
                for k in inputs["keypoints"]
            ]
        if stage == "motion":
            return [Movements(np.zeros((p.frames, len(MOVEMENTS))), p.time) for p in inputs["lift"]]
        assert all(p.frames == m.frames for p, m in zip(inputs["lift"], inputs["motion"], strict=True))
        prob = [float(name == answer) for name in ("modern", "salsa", "tango")]
        return [Genre(prob, ("modern", "salsa", "tango")) for _ in inputs["lift"]]

    return predict
