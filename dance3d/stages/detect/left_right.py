"""Correction of left and right through time: short swaps of the sides are undone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17

Floats = NDArray[np.float64]
MEMORY = 0.3
"""Chosen: seconds in which the cost of a jump decays over a gap."""
_FREE_GAP = 1 / 10  # chosen, of ``MEMORY``: shorter steps do not decay
_MOST_JUMP = 0.5  # chosen, metres: larger jumps between neighbouring poses cost no more
_CONTRADICTION_COST = 0.005  # chosen, metres per frame that contradicts the net; three times that at full confidence


def ambiguous_bodies(xyz: Floats, sight: Floats) -> Floats:
    """The three bodies that a silhouette does not distinguish: (3, T, 17, 3).

    As predicted; with left and right swapped; and with the depth mirrored as well, so that the knees and elbows of the
    swapped body bend the right way.

    Args:
        xyz: (T, 17, 3) metres around the pelvis.
        sight: (T, 3) unit vectors from the camera to the person.
    """
    swapped = xyz[:, H36M17.swap]
    depth = (swapped * sight[:, None]).sum(-1, keepdims=True)
    return np.stack([xyz, swapped, swapped - 2 * depth * sight[:, None]])


def most_likely_path(bodies: Floats, confidence: Floats, time: Floats) -> NDArray[np.intp]:
    """Choose a body per frame: the most likely path through all frames (Viterbi).

    A path costs the distances between neighbouring poses, and a little for every frame in which it contradicts the net:
    what the net predicts most of the time stays, and short swaps are undone.

    Args:
        bodies: (W, T, 17, 3) metres, finite; the first is the net's own.
        confidence: (T,) 0..1, the net's confidence in its sides.
        time: (T,) seconds.

    Returns:
        (T,) index of the body of each frame.
    """
    count, frames = bodies.shape[:2]
    contradiction = np.zeros((count, frames))
    contradiction[1:] = _CONTRADICTION_COST * (1 + 2 * confidence)
    cost, previous = contradiction[:, 0], np.zeros((frames, count), np.intp)
    memory = np.exp(-np.maximum(np.diff(time) - MEMORY * _FREE_GAP, 0) / MEMORY)
    for frame in range(1, frames):
        step = bodies[:, None, frame - 1] - bodies[None, :, frame]  # from, to
        jump = np.minimum(np.linalg.norm(step, axis=-1).mean(-1), _MOST_JUMP) * memory[frame - 1]
        total = cost[:, None] + jump
        previous[frame] = total.argmin(0)
        cost = total.min(0) + contradiction[:, frame]
    path = np.zeros(frames, np.intp)
    path[-1] = int(cost.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = previous[frame, path[frame]]
    return path
