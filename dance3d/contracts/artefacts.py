"""All kinds of artefacts by name, and what is known of one dancer of a clip together."""

from __future__ import annotations

from dataclasses import dataclass

from dance3d.contracts.body import Keypoints2D, Pose3D
from dance3d.contracts.dance import Genre, Movements
from dance3d.contracts.footage import Clip, Masks, MotionClip
from dance3d.contracts.rhythm import Music


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


Artefact = Clip | Keypoints2D | Pose3D | Movements | Music | Genre | Masks | MotionClip
ARTEFACTS: dict[str, type] = {
    kind.__name__: kind for kind in (Clip, Keypoints2D, Pose3D, Movements, Music, Genre, Masks, MotionClip)
}
