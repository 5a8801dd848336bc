"""Signals of bodies that are moved by hand, and what one rule says of them."""

from motion_bodies import TIME, Y
from motion_cases import CASES

from dance3d.movement_types import MOVEMENTS
from dance3d.stages.motion.rules.computed_labels import sample


def signals(body):
    """Of a body (T, 17, 3) that stands on the floor."""
    [stretch], _ = sample(body - body[:, :1], TIME[: len(body)], Y, body[:, 0])
    return stretch.signals


def made(rule, name, *side):
    """The labels that a rule finds in the body that makes the movement ``name``."""
    found = rule(signals(CASES[name]()), *side)
    return {label for label, on in found.items() if on.any()}


def labels_of(part):
    """All labels of a part, in order."""
    return [movement.label for movement in MOVEMENTS if movement.part == part]
