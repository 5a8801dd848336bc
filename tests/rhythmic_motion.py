"""Motion whose tempo and phrases are known."""

import numpy as np

from dance3d.contracts import Pose3D

REST = np.array(  # x to the picture's right, y down, z away; the dancer faces the camera
    [
        *((0, 0, 0), (-0.12, 0, 0), (-0.12, 0.45, 0), (-0.12, 0.9, 0), (0.12, 0, 0), (0.12, 0.45, 0), (0.12, 0.9, 0)),
        *((0, -0.25, 0), (0, -0.5, 0), (0, -0.6, -0.1), (0, -0.7, 0), (0.18, -0.45, 0), (0.2, -0.2, 0), (0.2, 0, -0.1)),
        *((-0.18, -0.45, 0), (-0.2, -0.2, 0), (-0.2, 0, -0.1)),
    ]
)


def pose_of(xyz, time):
    frames = len(xyz)
    return Pose3D(
        xyz=xyz.astype(np.float32), measured=np.ones(frames, bool), error=np.zeros(frames, np.float32), time=time
    )


def moves(bpm, seconds=12.0, fps=30.0, noise=0.0, seed=1, time=None):
    """A body that goes from one chance posture to another within every beat and rests on the beat."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fps)) / fps if time is None else time
    beat = time * bpm / 60
    postures = REST + rng.normal(0, 0.12, (int(beat[-1]) + 2, *REST.shape)) * (np.arange(len(REST)) > 0)[:, None]
    u = beat - np.floor(beat)
    u = (u**3 * (10 - 15 * u + 6 * u * u))[:, None, None]
    at = np.floor(beat).astype(int)
    xyz = postures[at] * (1 - u) + postures[at + 1] * u
    xyz[:, 1:] += rng.normal(0, noise, xyz[:, 1:].shape)
    return pose_of(xyz, time)
