"""A standing body whose joints are moved by hand: right is +x, up +y, forward -z, metres, 30 frames/s."""

import numpy as np

from dance3d.skeleton import H36M17

FPS, FRAMES = 30, 180
TIME = np.arange(FRAMES) / FPS
X, Y, Z = np.eye(3)
ARMS = tuple(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist"))
UPPER = ("spine", "thorax", "nose", "head", *ARMS)
ALL = H36M17.joints
ABOVE = UPPER[1:]
ARM = ("left_elbow", "left_wrist")
LEG = ("left_knee", "left_ankle")
HIPS = ("pelvis", "left_hip", "right_hip")
OFF_FLOOR = HIPS + UPPER + ("left_knee", "right_knee")
_AT = {
    **{"pelvis": (0, 0.95, 0), "spine": (0, 1.15, 0), "thorax": (0, 1.45, 0)},
    **{"nose": (0, 1.6, -0.1), "head": (0, 1.75, 0)},
    **{f"{s}_{j}": (side * x, y, 0) for s, side in (("left", -1), ("right", 1))
       for j, x, y in (("hip", 0.12, 0.95), ("knee", 0.12, 0.5), ("ankle", 0.12, 0.08), ("shoulder", 0.2, 1.45),
                       ("elbow", 0.2, 1.15), ("wrist", 0.2, 0.9))},
}  # fmt: skip


def standing(frames=FRAMES):
    """(T, 17, 3) of a body at rest."""
    return np.tile(np.array([_AT[j] for j in H36M17.joints], float), (frames, 1, 1))


def ramp(low, high, start=2.0, stop=2.5):
    """From low to high between two times, smoothly."""
    share = np.clip((TIME - start) / (stop - start), 0, 1)
    return low + (high - low) * (1 - np.cos(np.pi * share)) / 2


def line(low, high, start=2.0, stop=2.25):
    """From low to high between two times, stopping at once."""
    return low + (high - low) * np.clip((TIME - start) / (stop - start), 0, 1)


def wobble(amplitude, hertz, phase=0.0, start=1.0, stop=5.0):
    """A sine that lives between two times."""
    alive = np.clip(np.minimum(TIME - start, stop - TIME) / 0.3, 0, 1)
    return amplitude * alive * np.sin(2 * np.pi * hertz * TIME + phase)


def bump(height, at, width=0.1):
    """A push out and back."""
    return height * np.exp(-(((TIME - at) / width) ** 2))


def turn(body, joints, pivot, axis, degrees):
    """Rotate joints about another joint, right-hand rule; degrees (T,) or a number, axis (3,) or (T, 3)."""
    angle = np.broadcast_to(np.radians(degrees), len(body))[:, None]
    k = np.broadcast_to(axis, (len(body), 3))
    centre = body[:, H36M17.index(pivot)].copy()
    for joint in joints:
        i = H36M17.index(joint)
        v = body[:, i] - centre
        along = (v * k).sum(-1, keepdims=True) * k
        body[:, i] = centre + along + (v - along) * np.cos(angle) + np.cross(k, v) * np.sin(angle)
    return body


def shift(body, joints, axis, metres):
    """Move joints along an axis by (T,) metres."""
    for joint in joints:
        body[:, H36M17.index(joint)] += np.multiply.outer(np.broadcast_to(metres, len(body)), axis)
    return body


def joined(body):
    """Pelvis and thorax in the middle of hips and shoulders, as the inner skeleton defines them."""
    for middle, pair in (("pelvis", "hip"), ("thorax", "shoulder")):
        sides = [body[:, H36M17.index(f"{s}_{pair}")] for s in ("left", "right")]
        body[:, H36M17.index(middle)] = sum(sides) / 2
    return body


def mirrored(body):
    """The dancer in the mirror."""
    return body[:, H36M17.swap] * np.array([-1.0, 1.0, 1.0])
