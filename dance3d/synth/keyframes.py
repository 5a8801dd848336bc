"""A dance as keyframes: where the feet stand, where the arms point and how the trunk bends, beat by beat.

Every track moves between its keyframes with a minimum-jerk profile, so that planted feet stand still and motion is
smooth. Directions are written as (out, up, forward) of the dancer, so that left and right use the same numbers. Poses
and sizes of movements are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.vectors import unit

Array = NDArray[np.float64]
SIDES = ("left", "right")

# Upper arm and forearm, each as (out, up, forward) of the chest.
ARMS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "low": ((0.16, -1.0, 0.02), (0.10, -1.0, 0.20)),
    "fore": ((0.12, -0.90, 0.38), (0.0, -0.78, 0.62)),
    "back": ((0.18, -0.88, -0.42), (0.10, -0.97, -0.12)),
    "waist": ((0.28, -0.95, -0.08), (-0.10, 0.05, 1.0)),
    "waist_wide": ((0.60, -0.80, 0.05), (0.35, 0.10, 0.90)),
    "side": ((1.0, -0.02, 0.10), (1.0, 0.02, 0.15)),
    "up": ((0.30, 1.0, 0.10), (0.05, 1.0, 0.12)),
    "vee": ((0.80, 0.65, 0.15), (0.65, 0.80, 0.15)),
    "front": ((0.18, -0.05, 1.0), (0.02, 0.05, 1.0)),
    "diagonal_low": ((0.75, -0.65, 0.15), (0.75, -0.62, 0.25)),
    "chest": ((0.80, -0.30, 0.45), (-0.88, 0.12, 0.45)),
    "round": ((0.60, 0.20, 0.75), (-0.45, 0.30, 0.80)),
    "crown": ((0.75, 0.75, 0.20), (-0.45, 0.90, 0.15)),
    "hip": ((0.80, -0.60, -0.25), (-0.75, -0.60, 0.30)),
    "guard": ((0.30, -0.88, 0.35), (-0.20, 0.72, 0.68)),
    "chamber": ((0.30, -0.70, -0.62), (0.05, 0.10, 1.0)),
    "punch": ((-0.10, -0.02, 1.0), (-0.16, 0.02, 1.0)),
    "block_high": ((0.55, 0.45, 0.65), (-0.65, 0.68, 0.25)),
    "block_low": ((0.45, -0.80, 0.40), (0.35, -0.90, 0.30)),
    "head": ((0.82, 0.35, 0.25), (-0.72, 0.68, -0.05)),
    "mouth": ((0.32, -0.80, 0.45), (-0.42, 0.86, 0.32)),
    "wave_in": ((0.80, 0.05, 0.30), (0.05, 1.0, 0.15)),
    "wave_out": ((0.80, 0.10, 0.30), (0.65, 0.78, 0.15)),
    "down": ((0.10, -0.62, 0.78), (0.0, -0.85, 0.50)),
}
SCALARS = (
    "pitch",
    "roll",
    "twist",
    "nod",
    "tilt",
    "look",
    "crouch",
    "turnout",
    "hip_roll",
    "hip_yaw",
    "hip_side",
    "air",
)


@dataclass
class KeyframeTrack:
    """Keyframes of one quantity: ``times`` in seconds, ``values`` alike in shape."""

    times: list[float]
    values: list[Array]

    def move(self, value: Array, start: float, stop: float) -> None:
        """Stay until ``start``, then reach ``value`` at ``stop``; both come after the last keyframe.

        Args:
            value: of the shape of the others.
            start: seconds.
            stop: seconds.
        """
        start = max(start, self.times[-1])
        self.times += [start, max(stop, start + 1e-3)]
        self.values += [self.values[-1].copy(), np.asarray(value, float)]

    def sample(self, time: Array) -> tuple[Array, Array, Array]:
        """The values before and after each time (T, ...), and the eased fraction between them (T,)."""
        times, values = np.array(self.times), np.stack(self.values)
        after = np.clip(np.searchsorted(times, time, side="right"), 1, len(times) - 1) if len(times) > 1 else 0
        before = np.maximum(np.asarray(after) - 1, 0) + np.zeros(len(time), int)
        after = after + np.zeros(len(time), int)
        length = np.maximum(times[after] - times[before], 1e-9)
        u = np.clip((time - times[before]) / length, 0, 1)
        return values[before], values[after], u**3 * (10 - 15 * u + 6 * u * u)  # minimum jerk, Flash & Hogan 1985


def slerp(a: Array, b: Array, u: Array) -> Array:
    """Directions on the great circle between two directions.

    Args:
        a: (..., 3) unit vectors.
        b: (..., 3) unit vectors.
        u: (...) fractions of the way from ``a`` to ``b``.

    Returns:
        (..., 3) unit vectors.
    """
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))[..., None]
    u = u[..., None]
    sine = np.sin(angle)
    near = sine < 1e-4
    safe = np.where(near, 1, sine)
    return np.asarray(np.where(near, a, (np.sin((1 - u) * angle) * a + np.sin(u * angle) * b) / safe))


@dataclass
class Keyframes:
    """A dance being written: figures call its methods, which advance nothing but what they name.

    Attributes:
        rng: the only source of random numbers.
        beat: seconds.
        leg: length of a leg, metres.
        hip: half the distance between the hips, metres.
        now: the cursor, seconds; ``wait`` moves it.
        position: (2,) where the body is meant to be on the floor, world x and z, metres.
        heading: radians, 0 faces +z, positive turns left.
        counts: seconds at which the cursor has stood, in order: there one movement ends and the next begins.
    """

    rng: np.random.Generator
    beat: float
    leg: float
    hip: float
    now: float = 0.0
    position: Array = field(default_factory=lambda: np.zeros(2))
    heading: float = 0.0
    stance: float = 1.0
    tracks: dict[str, KeyframeTrack] = field(default_factory=dict)
    counts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in SCALARS:
            self.tracks[name] = KeyframeTrack([self.now], [np.zeros(1)])
        self.tracks["heading"] = KeyframeTrack([self.now], [np.array([self.heading])])
        for side in SIDES:
            self.tracks[f"{side}_arm"] = KeyframeTrack([self.now], [unit(np.array(ARMS["low"]))])
            foot = np.array([*self._spot(side, 0, 0), 0.0, self.heading, 0.0])
            self.tracks[f"{side}_foot"] = KeyframeTrack([self.now], [foot])

    def floor(self, side: float, forward: float) -> Array:
        """World (x, z) of an offset to the dancer's left and front."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        return np.array([c * side + s * forward, c * forward - s * side])

    def _spot(self, foot: str, forward: float, side: float) -> Array:
        sign = 1 if foot == "left" else -1
        return self.position + self.floor(sign * self.hip * self.stance + side, forward)

    def wait(self, beats: float) -> None:
        """Move the cursor on."""
        self.now += beats * self.beat
        self.counts.append(self.now)

    def _foot(self, foot: str, spot: Array, height: float, lift: float, start: float, stop: float) -> None:
        """Move a foot to a spot and a height, lifted between by ``lift``; until ``start`` it is not lifted."""
        track = self.tracks[f"{foot}_foot"]
        track.move(np.array([*spot, height, self.heading, lift]), start, stop)
        track.values[-2][-1] = 0.0

    def bend(self, beats: float = 1.0, delay: float = 0.0, **to: float) -> None:
        """Move scalars of ``SCALARS``.

        Args:
            beats: until they are there.
            delay: beats from the cursor until they begin.
            **to: new values by name: shares of the leg (``crouch``), metres (``hip_side``, ``air``), else radians.
        """
        start = self.now + delay * self.beat
        for name, value in to.items():
            self.tracks[name].move(np.array([value]), start, start + beats * self.beat)

    def arm(self, side: str, pose: str, beats: float = 1.0, delay: float = 0.0, loose: float = 0.06) -> None:
        """Bring one arm to a pose, by way of the outside if it is far.

        Args:
            side: ``left`` or ``right``.
            pose: one of ``ARMS``.
            beats: until it is there.
            delay: beats from the cursor until it begins.
            loose: standard deviation of a random change of the pose.
        """
        track = self.tracks[f"{side}_arm"]
        goal = unit(np.array(ARMS[pose]) + self.rng.normal(0, loose, (2, 3)))
        start = max(self.now + delay * self.beat, track.times[-1])
        stop = max(start + beats * self.beat, start + 0.05)
        if (track.values[-1] * goal).sum(-1).min() < -0.5:  # nearly opposite: the great circle would be arbitrary
            half = unit(track.values[-1] + goal + np.array([0.7, 0.0, 0.6]))
            track.move(half, start, (start + stop) / 2)
            start = (start + stop) / 2
        track.move(goal, start, stop)

    def arms(self, pose: str, other: str = "", beats: float = 1.0, delay: float = 0.0, loose: float = 0.06) -> None:
        """Bring both arms to a pose.

        Args:
            pose: one of ``ARMS``; of the left arm only if ``other`` is given.
            other: pose of the right arm.
            beats: as in ``arm``.
            delay: as in ``arm``.
            loose: as in ``arm``.
        """
        self.arm("left", pose, beats, delay, loose)
        self.arm("right", other or pose, beats, delay, loose)

    def step(
        self,
        foot: str,
        forward: float = 0.0,
        side: float = 0.0,
        turn: float = 0.0,
        beats: float = 1.0,
        lift: float = 0.06,
        carry: float = 1.0,
    ) -> None:
        """Lift a foot and place it.

        Args:
            foot: ``left`` or ``right``.
            forward: metres from the foot's place under the body to the front.
            side: metres from there to the left.
            turn: radians that the body turns to the left with it.
            beats: how long the foot is in the air.
            lift: metres.
            carry: how much of the displacement the body takes along.
        """
        stop = self.now + beats * self.beat
        self.heading += turn
        self.position = 0.97 * self.position + carry * self.floor(side, forward)
        if turn:
            self.tracks["heading"].move(np.array([self.heading]), self.now, stop)
        rest = 1 - carry
        spot = self._spot(foot, rest * forward, rest * side)
        self._foot(foot, spot, 0.0, lift, self.now, stop)

    def swing(
        self, foot: str, forward: float, out: float, height: float, beats: float = 1.0, delay: float = 0.0
    ) -> None:
        """Bring a foot into the air; it stays there until placed.

        Args:
            foot: ``left`` or ``right``.
            forward: metres from its place under the body to the front.
            out: metres from there to its own side.
            height: metres above the floor.
            beats: until it is there.
            delay: beats from the cursor until it begins.
        """
        sign = 1 if foot == "left" else -1
        start = self.now + delay * self.beat
        spot = self._spot(foot, forward, sign * out)
        self._foot(foot, spot, height, 0.0, start, start + beats * self.beat)

    def place(self, foot: str, beats: float = 1.0, delay: float = 0.0, forward: float = 0.0, side: float = 0.0) -> None:
        """Put a foot down at its place under the body.

        Args:
            foot: ``left`` or ``right``.
            beats: until it is there.
            delay: beats from the cursor until it begins.
            forward: metres from its place to the front.
            side: metres from its place to the left.
        """
        start = self.now + delay * self.beat
        self._foot(foot, self._spot(foot, forward, side), 0.0, 0.0, start, start + beats * self.beat)

    def jump(self, height: float, beats: float) -> None:
        """Both feet leave the floor and come back."""
        for foot in SIDES:
            self._foot(foot, self._spot(foot, 0, 0), 0.0, height, self.now, self.now + beats * self.beat)
        middle = beats / 2
        self.bend(middle, air=height)
        self.bend(middle, middle, air=0.0)
