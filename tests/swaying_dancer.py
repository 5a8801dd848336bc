"""Keypoints of a dancer who sways, whose truth is known."""

import numpy as np

from dance3d.skeleton import H36M17

FPS = 30
REST = {
    "pelvis": (0, 0), "spine": (0, -50), "thorax": (0, -100), "nose": (0, -130), "head": (0, -160),
    "left_hip": (18, 0), "left_knee": (22, 90), "left_ankle": (22, 185),
    "left_shoulder": (30, -100), "left_elbow": (60, -60), "left_wrist": (80, -20),
}  # fmt: skip
REST |= {j.replace("left", "right"): (-x, y) for j, (x, y) in REST.items() if j.startswith("left")}


def dancer(frames=90, fps=FPS):
    """A body of 100 px trunk that sways and swings its arms; (T, 17, 2) and times."""
    time = np.arange(frames) / fps
    xy = np.tile(np.array([REST[j] for j in H36M17.joints], float), (frames, 1, 1)) + 400
    xy[..., 0] += 30 * np.sin(2 * np.pi * 0.4 * time)[:, None]
    for side, phase in (("left", 0), ("right", 1)):
        xy[:, H36M17.index(f"{side}_wrist"), 1] += 60 * np.sin(2 * np.pi * 1.0 * time + phase)
    return xy, time
