"""Figures of everyday movement: walking, greeting, picking something up, fidgeting."""

from __future__ import annotations

from dance3d.synth.dance_figures import sides
from dance3d.synth.keyframes import Keyframes


def walk(s: Keyframes) -> None:
    """Some steps, arms against legs, turning back before the edge of the floor."""
    lead, other, _ = sides(s)
    s.stance = 0.75
    s.bend(1, crouch=0.0, pitch=0.03, twist=0.0)
    curve = s.rng.uniform(-0.25, 0.25)
    for count in range(int(s.rng.integers(5, 10))):
        foot = (lead, other)[count % 2]
        way = 1 if foot == "left" else -1
        heading_out = float(s.floor(0, 1) @ s.position)
        turn = curve + (0.55 * (1 if curve >= 0 else -1) if heading_out > 0.35 else 0)
        s.step(foot, forward=0.36 if abs(turn) > 0.3 else 0.5, turn=turn, beats=0.85, lift=0.08, carry=0.75)
        s.arm("left" if foot == "right" else "right", "fore", 0.9)
        s.arm(foot, "back", 0.9)
        s.bend(0.9, hip_yaw=-0.08 * way, twist=0.10 * way, hip_roll=-0.04 * way)
        s.wait(1)
    s.step(lead, beats=0.8)
    s.wait(0.6)
    s.step(other, beats=0.8)
    s.arms("low", beats=1)
    s.bend(1, hip_yaw=0.0, twist=0.0, hip_roll=0.0)
    s.wait(1)


def greet(s: Keyframes) -> None:
    """Stand and wave with one hand."""
    lead, _, sign = sides(s)
    s.arm(lead, "wave_in", 1.2)
    s.bend(1, look=0.2 * sign, hip_roll=0.05 * sign)
    s.wait(1.2)
    for _ in range(3):
        s.arm(lead, "wave_out", 0.4)
        s.wait(0.4)
        s.arm(lead, "wave_in", 0.4)
        s.wait(0.4)
    s.arm(lead, "low", 1.2)
    s.bend(1, look=0.0, hip_roll=0.0)
    s.wait(1.3)


def pick_up(s: Keyframes) -> None:
    """Bend down with one hand to the floor and come up."""
    lead, _, _ = sides(s)
    s.arm(lead, "down", 1.5)
    s.bend(1.6, pitch=0.9, crouch=0.26, nod=0.2)
    s.wait(2.2)
    s.arm(lead, "waist", 1.5)
    s.bend(1.5, pitch=0.0, crouch=0.0, nod=0.0)
    s.wait(2)
    s.arm(lead, "low", 1)


def fidget(s: Keyframes) -> None:
    """Scratch the head, drink, or rest a hand on the hip, shifting weight."""
    lead, _, sign = sides(s)
    pose = str(s.rng.choice(["head", "mouth", "hip"]))
    s.arm(lead, pose, 1.3)
    s.bend(1.3, look=s.rng.uniform(-0.6, 0.6), hip_side=0.04 * sign, hip_roll=0.08 * sign)
    s.wait(2.3)
    s.arm(lead, "low", 1.3)
    s.bend(1.3, look=0.0, hip_side=0.0, hip_roll=0.0)
    s.wait(1.3)
