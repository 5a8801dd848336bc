"""What passes between stages: frozen artefacts of numpy arrays that check themselves when made.

Letters: T frames, J joints, G genres, H W pixels. Metres and seconds throughout. A missing person is
NaN plus a flag, never zeros, never a dropped row: N decoded frames give N rows in every artefact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from dance3d.contracts.body import Camera, Crossing, Keypoints2D, Pose3D
from dance3d.contracts.checks import Flags, Float, Time
from dance3d.contracts.dance import KNOWN, NONE, Evidence, Genre, Movements, Repeat, Rhythm, Segment
from dance3d.contracts.footage import Clip, Masks, MotionClip


@dataclass(frozen=True)
class Dancer:
    """Everything known of one dancer of a clip."""

    keypoints: Keypoints2D
    pose: Pose3D
    movements: Movements
    genre: Genre

    @property
    def person(self) -> int:
        """1, 2, ..."""
        return self.keypoints.person


Artefact = Clip | Keypoints2D | Pose3D | Movements | Genre | Masks | MotionClip
ARTEFACTS: dict[str, type] = {
    kind.__name__: kind for kind in (Clip, Keypoints2D, Pose3D, Movements, Genre, Masks, MotionClip)
}


def field_names(kind: type) -> tuple[str, ...]:
    """Names of an artefact's fields, in order."""
    return tuple(f.name for f in fields(kind))


__all__ = [
    "ARTEFACTS",
    "KNOWN", "NONE",
    "Artefact",
    "Camera",
    "Clip",
    "Crossing",
    "Dancer",
    "Evidence",
    "Flags",
    "Float",
    "Genre",
    "Keypoints2D",
    "Masks",
    "MotionClip",
    "Movements",
    "Pose3D",
    "Repeat",
    "Rhythm",
    "Segment",
    "Time",
    "field_names",
]  # fmt: skip
