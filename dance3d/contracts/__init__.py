"""What passes between stages: frozen artefacts of numpy arrays that check themselves when made.

Letters: T frames, J joints, G genres, H W pixels. Metres and seconds throughout. A missing person is
NaN plus a flag, never zeros, never a dropped row: N decoded frames give N rows in every artefact.
"""

from __future__ import annotations

from dance3d.contracts.arrays import Flags, Float, Time
from dance3d.contracts.artefacts import ARTEFACTS, Artefact, Dancer
from dance3d.contracts.batches import Tracks
from dance3d.contracts.body import Crossing, Keypoints2D, Pose3D
from dance3d.contracts.camera import Camera
from dance3d.contracts.checks import field_names
from dance3d.contracts.dance import (
    KNOWN,
    Evidence,
    Genre,
    GenreAnswer,
    Movements,
    Segment,
)
from dance3d.contracts.footage import Clip, Masks, MotionClip
from dance3d.contracts.names import NONE, NOT_A_DANCE
from dance3d.contracts.rhythm import Music, Repeat, Rhythm

__all__ = [
    "ARTEFACTS",
    "KNOWN",
    "NONE",
    "NOT_A_DANCE",
    "Artefact",
    "Camera",
    "Clip",
    "Crossing",
    "Dancer",
    "Evidence",
    "Flags",
    "Float",
    "Genre",
    "GenreAnswer",
    "Keypoints2D",
    "Masks",
    "MotionClip",
    "Movements",
    "Music",
    "Pose3D",
    "Repeat",
    "Rhythm",
    "Segment",
    "Time",
    "Tracks",
    "field_names",
]  # fmt: skip
