"""What each quality of the default detector spends; numbers chosen, see ``docs/keypoints.md``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """What a quality spends.

    Attributes:
        reader: name of the net that reads joints.
        finder: name of the net that finds people.
        longest: pixels of the finder's pictures.
        twice: whether joints are also read in the mirrored region, and averaged.
        extremities: times per second that feet and hands are read, with any detector.
    """

    reader: str
    finder: str
    longest: int
    twice: bool
    extremities: float


QUALITIES = {
    "fast": Quality("movenet-lightning-int8", "movenet-multipose-int8", 256, False, 8.0),
    "balanced": Quality("movenet-thunder-int8", "movenet-multipose-int8", 256, False, 12.0),
    "best": Quality("movenet-thunder", "movenet-multipose", 384, True, 60.0),
}
