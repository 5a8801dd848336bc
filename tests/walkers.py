"""Walkers of given paths and colours, seen with the faults of a detector."""

import numpy as np

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.skeleton import H36M17

SIZE = (1280, 720)
REST = {
    "pelvis": (0, 0), "spine": (0, -25), "thorax": (0, -50), "nose": (0, -65), "head": (0, -80),
    "left_hip": (9, 0), "left_knee": (11, 45), "left_ankle": (11, 92),
    "left_shoulder": (15, -50), "left_elbow": (25, -30), "left_wrist": (30, -10),
}  # fmt: skip
REST |= {j.replace("left", "right"): (-x, y) for j, (x, y) in REST.items() if j.startswith("left")}
BODY = np.array([REST[j] for j in H36M17.joints], float)
SWING = np.zeros_like(BODY)
SWING[H36M17.indices("left_wrist", "right_wrist", "left_ankle", "right_ankle"), 0] = (12, -12, -8, 8)


def outfit(number):
    """A histogram with most of its mass in a place of its own."""
    colour = np.full(COLOURS, 0.3 / COLOURS)
    colour[(7 * number) % COLOURS] += 0.7
    return colour


def clip(paths, present=None, colours=None, fps=30.0, time=None, seed=0, noise=1.0, extra=()):
    """Detections of walkers and the true walker of each, from 1; 0 for extras.

    paths: (P, T) x of the pelvis or (P, T, 2). present: (P, T). extra: (frame, xy (17, 2), score, colour).
    """
    rng = np.random.default_rng(seed)
    paths = np.asarray(paths, float)
    if paths.ndim == 2:
        paths = np.stack([paths, np.full_like(paths, 400)], -1)
    people, frames = paths.shape[:2]
    present = np.ones((people, frames), bool) if present is None else present
    time = np.arange(frames) / fps if time is None else time
    colours = [outfit(p) for p in range(people)] if colours is None else colours
    rows = [(t, xy, score, colour, 0) for t, xy, score, colour in extra]
    for p in range(people):
        for t in np.flatnonzero(present[p]):
            body = BODY + paths[p, t] + SWING * np.sin(2 * np.pi * (time[t] + 0.3 * p))
            rows.append((int(t), body + rng.normal(0, noise, body.shape), 0.9, colours[p], p + 1))
    rows.sort(key=lambda row: row[0])
    n = len(rows)
    detections = Detections(
        np.array([r[0] for r in rows], np.int64),
        np.array([r[1] for r in rows], np.float32).reshape(n, *BODY.shape),
        np.array([np.full(len(BODY), r[2]) for r in rows], np.float32).reshape(n, len(BODY)),
        np.array([r[3] for r in rows], np.float32).reshape(n, COLOURS),
        time,
        SIZE,
    )
    return detections, np.array([r[4] for r in rows], np.int64)


def line(start, stop, frames=90):
    return np.linspace(start, stop, frames)


def hidden(a, b, near=30):
    """(2, T) the second is not seen while the first stands before it."""
    there = np.ones((2, len(a)), bool)
    there[1] = np.abs(a - b) > near
    return there
