"""Dance figures: functions that write a few beats of movement as keyframes."""

from __future__ import annotations

import numpy as np

from dance3d.synth.keyframes import Keyframes


def sides(s: Keyframes) -> tuple[str, str, int]:
    """A leading side, the other, and +1 where the leading side is the left."""
    left = s.rng.random() < 0.5
    return ("left", "right", 1) if left else ("right", "left", -1)


def _hips(s: Keyframes, foot: str, size: float) -> None:
    """Settle into the hip over ``foot``: it rises and moves out."""
    sign = 1 if foot == "left" else -1
    s.bend(
        0.8, hip_side=sign * 0.035 * size, hip_roll=sign * 0.16 * size, hip_yaw=sign * 0.14 * size, roll=-0.05 * sign
    )


def salsa_basic(s: Keyframes) -> None:
    """Forward and back on 1-2-3, 5-6-7."""
    lead, other, _ = sides(s)
    size = s.rng.uniform(0.16, 0.28)
    for foot, second, way in ((lead, other, 1), (other, lead, -1)):
        for count, (who, forward, carry) in enumerate(((foot, way * size, 0.4), (second, 0.0, 0), (foot, 0.0, 0))):
            s.step(who, forward=forward, carry=carry, beats=0.7, lift=0.05)
            if count:  # the body comes back
                s.position = s.position - s.floor(0, way * size * 0.2)
            _hips(s, who, s.rng.uniform(0.8, 1.2))
            s.arm(who, "waist", 0.8)
            s.arm("left" if who == "right" else "right", "waist_wide", 0.8)
            s.wait(1)
        _hips(s, second, 0.8)
        s.wait(1)


def salsa_side(s: Keyframes) -> None:
    """Open to one side, then the other."""
    lead, other, sign = sides(s)
    for foot, second, way in ((lead, other, sign), (other, lead, -sign)):
        for who, side in ((foot, 0.26 * way), (second, 0.0), (foot, 0.0)):
            s.step(who, side=side, carry=0.3 if side else 0, beats=0.7, lift=0.04)
            _hips(s, who, 1.2)
            s.arm(foot, "waist_wide" if side else "waist", 0.8)
            s.bend(0.8, twist=-0.2 * way if side else 0.0)
            s.wait(1)
        s.wait(1)


def salsa_turn(s: Keyframes) -> None:
    """A turn in three steps under a raised hand, then three steps on the spot."""
    lead, other, sign = sides(s)
    s.arm(lead, "crown", 1.0)
    for who, turn in ((lead, 0.3), (other, 0.4), (lead, 0.3)):
        s.step(who, turn=sign * turn * 2 * np.pi, beats=0.8)
        _hips(s, who, 0.6)
        s.wait(1)
    s.wait(1)
    s.arms("waist", beats=1.0)
    for who in (other, lead, other):
        s.step(who, beats=0.6, lift=0.05)
        _hips(s, who, 1.2)
        s.wait(1)
    s.wait(1)


def _indian_sit(s: Keyframes) -> None:
    if s.tracks["crouch"].values[-1][0] < 0.1:
        s.stance = 1.5
        s.arms("chest", beats=2)
        s.step("left", beats=1)
        s.step("right", beats=1)
        s.bend(2, crouch=0.22, turnout=0.75)
        s.wait(2)


def indian_stamp(s: Keyframes) -> None:
    """Alternate stamps in half-sitting while one arm stretches and the other stays at the chest."""
    _indian_sit(s)
    lead, other, _ = sides(s)
    for count in range(4):
        foot = (lead, other)[count % 2]
        s.swing(foot, -0.02, 0.06, 0.16, 0.4)
        s.place(foot, 0.3, 0.5)
        s.arm(foot, str(s.rng.choice(["side", "diagonal_low", "vee", "front"])), 0.6, loose=0.02)
        s.arm("left" if foot == "right" else "right", "chest", 0.6, loose=0.02)
        way = 1 if foot == "left" else -1
        s.bend(0.6, look=0.5 * way, tilt=0.0, roll=-0.10 * way)
        s.wait(1)


def indian_stretch(s: Keyframes) -> None:
    """A lunge to the side with arms along one diagonal, and back, the head tilting on the beat."""
    _indian_sit(s)
    lead, other, sign = sides(s)
    s.step(lead, side=0.30 * sign, carry=0.35, beats=0.8, lift=0.10)
    s.arm(lead, "diagonal_low", 0.8, loose=0.02)
    s.arm(other, "vee", 0.8, loose=0.02)
    s.bend(0.8, roll=0.28 * -sign, look=0.5 * sign)
    s.wait(2)
    s.step(lead, beats=0.8, lift=0.10, carry=0)
    s.arms("chest", beats=0.8, loose=0.02)
    s.bend(0.6, roll=0.0, look=0.0)
    for tilt in (0.25, -0.25, 0.25, 0.0):
        s.bend(0.4, tilt=tilt)
        s.wait(0.5)


def indian_crown(s: Keyframes) -> None:
    """Both arms go over the head and open, heels tapping in front."""
    _indian_sit(s)
    lead, other, _ = sides(s)
    for foot in (lead, other):
        s.arms("crown", beats=0.8, loose=0.02)
        s.swing(foot, 0.34, 0.10, 0.05, 0.7)
        s.bend(0.7, look=0.3 * (1 if foot == "left" else -1), nod=0.15)
        s.wait(1)
        s.place(foot, 0.7)
        s.arms("side", beats=0.8, loose=0.02)
        s.bend(0.7, nod=0.0)
        s.wait(1)


def modern_lift(s: Keyframes) -> None:
    """A leg lifts slowly, back or to the side, against a tilting trunk."""
    lead, other, sign = sides(s)
    s.stance = 0.9
    back = s.rng.random() < 0.5
    s.step(other, forward=0.1, carry=0.8, beats=1)
    s.arms("round", beats=1.5)
    s.wait(1)
    height = s.leg * s.rng.uniform(0.7, 1.05)
    s.swing(lead, -0.75 if back else 0.05, 0.0 if back else 0.7, height, 2.0)
    s.bend(2, pitch=0.8 if back else 0.0, roll=0.0 if back else 0.45 * sign, crouch=0.02)
    s.arm(lead, "side" if back else "crown", 2)
    s.arm(other, "front" if back else "side", 2)
    s.wait(3)
    s.place(lead, 1.5)
    s.bend(1.5, pitch=0.0, roll=0.0)
    s.arms("low", beats=2)
    s.wait(2)


def modern_fall(s: Keyframes) -> None:
    """A deep contraction towards the floor and a long recovery upwards."""
    lead, _, sign = sides(s)
    s.step(lead, side=0.35 * sign, carry=0.5, beats=1)
    s.wait(0.5)
    s.arms("down", beats=2)
    s.bend(2, pitch=1.0, crouch=s.rng.uniform(0.25, 0.4), nod=0.4, twist=0.4 * sign)
    s.wait(2.5)
    s.arms("vee", "up", beats=2.5)
    s.bend(2.5, pitch=-0.3, crouch=0.0, nod=-0.35, twist=-0.2 * sign)
    s.wait(3)
    s.bend(1.5, pitch=0.0, nod=0.0, twist=0.0)


def modern_sweep(s: Keyframes) -> None:
    """Travelling lunges with wide arm circles and a slow turn."""
    lead, other, sign = sides(s)
    for foot in (lead, other, lead):
        way = 1 if foot == "left" else -1
        s.step(foot, forward=0.40, turn=s.rng.uniform(0.4, 1.1) * sign, beats=1.2, lift=0.08, carry=0.7)
        s.arm(foot, str(s.rng.choice(["side", "up", "vee"])), 1.5)
        s.arm("left" if foot == "right" else "right", str(s.rng.choice(["back", "round", "diagonal_low"])), 1.5)
        s.bend(1.5, roll=0.3 * way, pitch=s.rng.uniform(-0.15, 0.4), crouch=s.rng.uniform(0, 0.18))
        s.wait(1.6)
    s.bend(1.5, roll=0.0, pitch=0.0, crouch=0.0)


def _guard(s: Keyframes, lead: str) -> None:
    """Fighting stance: one foot ahead, hands up, a little low."""
    sign = 1 if lead == "left" else -1
    s.stance = 1.2
    s.step(lead, forward=0.22, carry=0, beats=0.6)
    s.wait(0.5)
    s.step("left" if lead == "right" else "right", forward=-0.22, carry=0, beats=0.6)
    s.arms("guard", beats=0.8)
    s.bend(0.8, crouch=0.09, twist=-0.35 * sign, pitch=0.1)
    s.wait(1)


def martial_punch(s: Keyframes) -> None:
    """Straight punches, hand by hand, each pulled back at once."""
    lead, other, sign = sides(s)
    _guard(s, lead)
    for count in range(int(s.rng.integers(2, 5))):
        hand = (lead, other)[count % 2]
        way = 1 if hand == "left" else -1
        s.arm(hand, "punch", 0.32, loose=0.03)
        s.bend(0.32, twist=-0.5 * way)
        s.arm(hand, "guard", 0.4, 0.45, loose=0.03)
        s.bend(0.4, 0.45, twist=-0.2 * sign)
        s.wait(0.75)
    s.wait(0.75)


def martial_kick(s: Keyframes) -> None:
    """Knee up, snap, back, and down: to the front or to the side."""
    lead, other, sign = sides(s)
    _guard(s, lead)
    side = s.rng.random() < 0.5
    height = s.leg * s.rng.uniform(0.75, 1.15)
    s.swing(other, 0.15, 0.1, 0.45, 0.5)
    s.bend(0.5, pitch=-0.1, roll=-0.25 * sign if side else 0.0)
    if side:
        s.swing(other, 0.15, 0.85, height, 0.45, 0.5)
    else:
        s.swing(other, 0.85, 0.0, height, 0.45, 0.5)
    s.swing(other, 0.15, 0.1, 0.45, 0.45, 1.05)
    s.place(other, 0.5, 1.5, forward=-0.15)
    s.bend(0.6, 1.3, pitch=0.1, roll=0.0)
    s.wait(2.2)


def martial_block(s: Keyframes) -> None:
    """Step in with a low block, step again with a high one, and hold."""
    lead, other, sign = sides(s)
    for foot, pose in ((lead, "block_low"), (other, "block_high")):
        hand = foot
        s.arm(hand, pose, 0.5, 0.3, loose=0.03)
        s.arm("left" if hand == "right" else "right", "chamber", 0.5, 0.3, loose=0.03)
        s.step(foot, forward=0.30, turn=0.3 * sign, beats=0.7, carry=0.45)
        s.bend(0.7, crouch=0.14, twist=-0.3 * (1 if hand == "left" else -1))
        s.wait(1.6)
    s.wait(0.6)


def martial_jump(s: Keyframes) -> None:
    """Hop back out of distance, hands up."""
    s.arms("guard", beats=0.6)
    s.bend(0.5, crouch=0.16)
    s.wait(0.5)
    s.position = s.position - s.floor(0, 0.15)
    s.jump(0.16, 0.8)
    s.bend(0.4, 0.2, crouch=0.04)
    s.wait(0.8)
    s.bend(0.6, crouch=0.10)
    s.wait(0.6)
