"""Invented jumps from two feet, hops on one, and what looks like them but stays on the floor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.synth.extremities import by_rules
from dance3d.synth.keyframes import SIDES, Keyframes
from dance3d.synth.kinematics import joints, random_body

FPS = 30.0
GRAVITY = 9.81
BEAT = 0.5
"""Seconds, chosen, as are all heights (metres), crouches (shares of the leg) and beats below."""


class Flight(NamedTuple):
    """A time in the air.

    Attributes:
        start: seconds at which the last foot leaves the floor.
        height: metres by which the body rises.
        feet: from how many it jumps.
    """

    start: float
    height: float
    feet: int

    @property
    def seconds(self) -> float:
        """How long a body is in the air that rises so far: free fall up and down."""
        return float(np.sqrt(8 * self.height / GRAVITY))


def jumping(seconds: float, seed: int) -> tuple[MotionClip, list[Flight]]:
    """A dancer who jumps, hops, squats and steps in random order, facing about +z, and the true flights.

    Args:
        seconds: length.
        seed: of the body, the order and the sizes.
    """
    rng = np.random.default_rng([seed, 17])
    body = random_body(np.random.default_rng([seed, 0]))
    s = Keyframes(rng, BEAT, body.leg, 1.1 * body.hip)
    s.bend(0.5, crouch=0.02)
    s.wait(1.0)
    flights: list[Flight] = []
    order: list[int] = []
    while s.now < seconds:
        order = order or rng.permutation([0, 0, 1, 2, 3]).tolist()
        figure = order.pop()
        if figure < 2:
            flights.append(_jump(s) if figure == 0 else _hop(s))
        else:
            (_squat, _steps)[figure - 2](s)
    xyz = joints(s, body, seconds, FPS)
    xyz[..., 1] += _height(np.arange(len(xyz)) / FPS, flights)[:, None]
    name = f"synth-jumps-{seed}"
    whole = [one for one in flights if one.start + one.seconds < seconds]
    return MotionClip(xyz, FPS, name, name, extremities=by_rules(xyz).astype(np.float32)), whole


def _height(time: NDArray[np.float64], flights: list[Flight]) -> NDArray[np.float32]:
    out = np.zeros(len(time))
    for one in flights:
        since = time - one.start
        out += np.clip(since * (one.seconds - since) * GRAVITY / 2, 0, None) * (since > 0)
    return out.astype(np.float32)


def _take_off(s: Keyframes, height: float, feet: int) -> Flight:
    """Crouch, straighten, fly and land in the knees."""
    s.bend(0.8, crouch=0.16 if feet == 2 else 0.08)
    s.wait(0.9)
    s.bend(0.4, crouch=0.0)
    s.wait(0.4)
    one = Flight(s.now, height, feet)
    s.wait(one.seconds / BEAT)
    s.bend(0.4, crouch=0.12 if feet == 2 else 0.06)
    s.wait(0.5)
    s.bend(0.8, crouch=0.02)
    s.wait(1.0)
    return one


def _jump(s: Keyframes) -> Flight:
    if s.rng.random() < 0.5:
        s.arms("up", beats=1.2, delay=0.6)
        s.arms("low", beats=1.0, delay=2.8)
    return _take_off(s, s.rng.uniform(0.2, 0.45), 2)


def _hop(s: Keyframes) -> Flight:
    free = SIDES[s.rng.integers(2)]
    s.swing(free, 0.05, 0.0, s.rng.uniform(0.2, 0.3), 0.8)
    s.wait(1.0)
    one = _take_off(s, s.rng.uniform(0.18, 0.3), 1)
    s.place(free, 0.8)
    s.wait(1.2)
    return one


def _squat(s: Keyframes) -> None:
    s.bend(1.0, crouch=s.rng.uniform(0.25, 0.4))
    s.wait(1.4)
    s.bend(0.8, crouch=0.02)
    s.wait(1.2)


def _steps(s: Keyframes) -> None:
    for foot in SIDES:
        s.step(foot, s.rng.uniform(-0.3, 0.3), s.rng.uniform(-0.2, 0.2))
        s.wait(1.2)
