"""Several dancers in one picture, with everything known: worlds, films, truth, and what a detector would see of it."""

from dance3d.synth.crowd.render import film, pictures
from dance3d.synth.crowd.simulated_detections import Flaws, detections
from dance3d.synth.crowd.truth import Encounter, Truth, truth
from dance3d.synth.crowd.world import MOVES, Crowd, couple, gathering

__all__ = [
    "MOVES",
    "Crowd",
    "Encounter",
    "Flaws",
    "Truth",
    "couple",
    "detections",
    "film",
    "gathering",
    "pictures",
    "truth",
]  # fmt: skip
