"""Bodies of wildly turning bones."""

import numpy as np

from dance3d.contracts import Pose3D
from dance3d.skeleton import H36M17


def tumble(frames=120, stretch=0.0, seed=0):
    """A body of wildly turning bones, (T, 17, 3) metres, whose lengths vary by ``stretch``."""
    rng = np.random.default_rng(seed)
    turn = rng.normal(size=(1, 17, 3)) + np.cumsum(rng.normal(size=(frames, 17, 3)) * 0.1, 0)
    turn /= np.linalg.norm(turn, axis=-1, keepdims=True)
    length = rng.uniform(0.1, 0.5, (1, 17)) * (1 + stretch * rng.normal(size=(frames, 17)))
    xyz = np.zeros((frames, 17, 3))
    for joint, parent in enumerate(H36M17.parent_indices):
        if parent >= 0:
            xyz[:, joint] = xyz[:, parent] + turn[:, joint] * length[:, joint, None]
    return xyz


def pose_of(xyz, time=None, **more):
    frames = len(xyz)
    time = np.arange(frames) / 25 if time is None else time
    return Pose3D(xyz=xyz, measured=np.ones(frames, bool), error=np.zeros(frames), time=time, **more)
