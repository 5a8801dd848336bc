"""Left and right through time: a track whose sides exchange for a moment is mended."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17

Floats = NDArray[np.float64]
FORGET = 0.3
"""Seconds over which a pose says what the next one should be."""
_TORN = 0.5  # metres between neighbouring poses beyond which none is less likely than another
_DOUBT = 0.005  # metres that another answer than the net's costs per frame; twice as much more where the net is sure


def ways(xyz: Floats, sight: Floats) -> Floats:
    """The three bodies that a silhouette cannot tell apart: (3, T, 17, 3).

    As the net says; with the sides exchanged; and turned about, where depth is mirrored as well, so that the knees and
    elbows of the exchanged body bend the right way.

    Args:
        xyz: (T, 17, 3) metres around the pelvis.
        sight: (T, 3) unit vectors from the camera to the person.
    """
    other = xyz[:, H36M17.swap]
    depth = (other * sight[:, None]).sum(-1, keepdims=True)
    return np.stack([xyz, other, other - 2 * depth * sight[:, None]])


def follow(bodies: Floats, sure: Floats, time: Floats) -> NDArray[np.intp]:
    """(T,) which of the ways each frame is seen: the likeliest path through all of them (Viterbi).

    A path costs the distance between neighbouring poses, and a little for every frame in which it contradicts the net:
    what the net says for most of the time stands, and a moment's exchange does not.

    Args:
        bodies: (W, T, 17, 3) metres of ``ways``, finite; the first is the net's own.
        sure: (T,) 0..1, how sure the net is of its sides.
        time: (T,) seconds.
    """
    count, frames = bodies.shape[:2]
    against = np.zeros((count, frames))
    against[1:] = _DOUBT * (1 + 2 * sure)
    cost, came = against[:, 0], np.zeros((frames, count), np.intp)
    hold = np.exp(-np.maximum(np.diff(time) - FORGET / 10, 0) / FORGET)
    for frame in range(1, frames):
        step = bodies[:, None, frame - 1] - bodies[None, :, frame]  # from, to
        far = np.minimum(np.linalg.norm(step, axis=-1).mean(-1), _TORN) * hold[frame - 1]
        total = cost[:, None] + far
        came[frame] = total.argmin(0)
        cost = total.min(0) + against[:, frame]
    path = np.zeros(frames, np.intp)
    path[-1] = int(cost.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path
