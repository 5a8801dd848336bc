"""The direction of gravity, from bodies that stand over their feet, from resting feet and from level cameras.

Three sources, each with its uncertainty, are combined (maximum a posteriori, Gauss-Newton on the sphere): a standing
body has its chest over the foot that carries it; the positions of resting feet lie on one level plane; and people hold
cameras level and look slightly down. A dancer on the hands or lying down is an outlier of the first. Constants were
chosen on validation takes, true and lifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.timeseries.segments import segments

Floats = NDArray[np.float64]
ANKLES = H36M17.indices("left_ankle", "right_ankle")
_THORAX = H36M17.index("thorax")
# Cameras: standard deviation of roll 3 degrees, of pitch 20 degrees, around 5 degrees down.
_ROLL, _PITCH, _DOWN = np.deg2rad(3.0), np.deg2rad(20.0), np.deg2rad(5.0)
_LEVEL = np.array([0.0, -np.cos(_DOWN), -np.sin(_DOWN)])
_HELD = np.diag([_ROLL**-2, 0.0, _PITCH**-2])
_TAIL = 3.0  # degrees of freedom of the camera's prior: one that is not level costs only so much
# Bodies: standard deviation of the lean in a second of dance, and of a whole clip across and along the line of sight.
_LEAN, _ACROSS, _ALONG = np.deg2rad(5.0), np.deg2rad(2.0), np.deg2rad(3.0)
_WIDTHS = np.deg2rad([40.0, 25.0, 16.0, 10.0, 10.0])  # lean at which a frame counts half, round by round
_CARRIES = 0.1  # metres by which a foot is lower than the other when it carries most of the weight
_UNEVEN = 0.1  # metres, standard deviation of the height of resting positions, wrong contacts included
_DEPTH = 0.04  # standard deviation of a resting position's depth, as a share of the distance
_AT_REST, _LEAST_SECONDS, _FULL_SECONDS = 0.25, 0.1, 0.25  # metres per second in the image plane; seconds of a rest
_ROUNDS = 12


class KnownFrames(NamedTuple):
    """The frames of one dancer with a known pose, camera frame, metres.

    Attributes:
        xyz: (T, 17, 3) around the root.
        root: (T, 3).
        time: (T,) seconds.
    """

    xyz: Floats
    root: Floats
    time: Floats


def find_up(bodies: Sequence[KnownFrames]) -> tuple[Floats, float]:
    """The direction against gravity of one camera, (3,) in its frame, and its standard deviation in degrees.

    Args:
        bodies: the dancers that the camera saw at one time; without any, the answer is that of a level camera.
    """
    up, seen = _LEVEL, [body for body in bodies if len(body.time)]
    for turn in range(_ROUNDS):
        off = np.array([up[0] / _ROLL, 0.0, (up[2] - _LEVEL[2]) / _PITCH])
        precision = _HELD / (1 + off**2 / _TAIL)  # Student's t, reweighted
        wanted = precision @ _LEVEL
        for body in seen:
            certain, direction = _stance(body, up)
            precision, wanted = precision + certain, wanted + certain @ direction
            if turn > 3:  # resting places need a rough direction of up
                precision = precision + _floor(body, up)
        tangent = np.linalg.svd(up[None])[2][1:].T
        information = tangent.T @ precision @ tangent
        step = np.linalg.solve(information, tangent.T @ (wanted - precision @ up))
        up = unit(up + tangent @ step, 1e-12)
        if turn > 4 and np.abs(step).max() < 1e-4:
            break
    return up, float(np.degrees(np.sqrt(np.trace(np.linalg.inv(information)))))


def _stance(body: KnownFrames, up: Floats) -> tuple[Floats, Floats]:
    """Precision (3, 3) and direction (3,) of chests over feet; frames unlike most others have little weight."""
    ankles = body.xyz[:, ANKLES]
    height = ankles @ up
    carries = expit((height[:, ::-1] - height) / _CARRIES)
    axis = body.xyz[:, _THORAX] - (carries[..., None] * ankles).sum(1)
    length = np.linalg.norm(axis, axis=1)
    axis = axis / np.maximum(length, 1e-9)[:, None]
    tall = np.clip(length / max(np.percentile(length, 90), 1e-9) - 0.6, 0, 0.4) / 0.4  # crouching is less certain
    tall = tall * np.clip(2 * axis @ _LEVEL, 0, 1)  # no weight when lying, or upside down in the image
    middle = up
    for width in _WIDTHS:
        lean = np.arccos(np.clip(axis @ middle, -1, 1))
        weight = tall / (1 + (lean / width) ** 2)
        middle = unit(weight @ axis + 1e-9 * up, 1e-12)
    seconds = max(weight.mean() * (body.time[-1] - body.time[0]), 0.03)
    variance = _LEAN**2 / seconds + np.array([_ACROSS, _ACROSS, _ALONG]) ** 2
    return np.diag(1 / variance), middle


def _floor(body: KnownFrames, up: Floats) -> Floats:
    """Precision (3, 3) with which the positions of resting feet lie on a plane at right angles to up."""
    places, weight = _resting_places(body, up)
    if len(places) < 2:
        return np.zeros((3, 3))
    trust = weight
    for _ in range(4):
        off = places - np.average(places, axis=0, weights=trust)
        trust = weight / (1 + (off @ up / (2 * _UNEVEN)) ** 2)
    # Wrong depths spread the positions along the line of sight; this spread is subtracted.
    middle = np.median(body.root, axis=0)
    spread = (off * trust[:, None]).T @ off - weight.sum() * _DEPTH**2 * np.outer(middle, middle)
    value, vector = np.linalg.eigh(spread)
    return np.asarray((vector * np.maximum(value, 0)) @ vector.T / _UNEVEN**2)


def _resting_places(body: KnownFrames, up: Floats) -> tuple[Floats, Floats]:
    """Mean positions (N, 3) of resting feet, and weights (N,) that grow with the time up to 1."""
    if len(body.time) < 5:
        return np.zeros((0, 3)), np.zeros(0)
    ankles = body.xyz[:, ANKLES] + body.root[:, None]
    velocity = np.gradient(ankles, body.time, axis=0)
    sight = unit(body.root, 1e-12)[:, None]
    along = (velocity * sight).sum(-1)
    across = np.linalg.norm(velocity - along[..., None] * sight, axis=-1)
    height = body.xyz[:, ANKLES] @ up
    low = (height < height.min(1, keepdims=True) + 0.12) & (height < -0.3)  # the lower foot, and below the pelvis
    rests = low & (across < _AT_REST) & (np.abs(along) < 3 * _AT_REST)
    places, weight = [], []
    for foot in range(len(ANKLES)):
        for start, stop in segments(rests[:, foot]):
            seconds = body.time[stop - 1] - body.time[start]
            if seconds >= _LEAST_SECONDS:
                places.append(ankles[start:stop, foot].mean(0))
                weight.append(min(1.0, seconds / _FULL_SECONDS))
    return np.array(places).reshape(-1, 3), np.array(weight)
