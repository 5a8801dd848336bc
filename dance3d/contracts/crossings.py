"""Names of dancers, and crossings after which it is not sure who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dance3d.contracts import Keypoints2D

UNCERTAIN_BELOW = 0.8  # a crossing less sure than this is shown to the user; chosen


@dataclass(frozen=True)
class UncertainCrossing:
    """A crossing after which two dancers may be exchanged; seconds, numbers, and how sure it is that they are not."""

    start: float
    stop: float
    first: int
    second: int
    sure: float

    @property
    def repair(self) -> str:
        """The command that exchanges them."""
        return f"dance3d tracks swap OUT {self.first} {self.second} --at {self.stop:.2f}"

    def __str__(self) -> str:
        return (
            f"identities are uncertain from {self.start:.1f} s: dancers {self.first} and {self.second} overlapped "
            f"(sure {self.sure:.2f}); if they are exchanged afterwards: {self.repair}"
        )


def dancer_name(track: Keypoints2D) -> str:
    """The dancer's name, or its number in words."""
    return track.name or f"Dancer {track.person}"


def uncertain_crossings(tracks: Sequence[Keypoints2D]) -> list[UncertainCrossing]:
    """Crossings less sure than ``UNCERTAIN_BELOW``, each once, in order of time."""
    found = {
        UncertainCrossing(c.start, c.stop, min(t.person, c.other), max(t.person, c.other), c.sure)
        for t in tracks
        for c in t.crossings
        if c.sure < UNCERTAIN_BELOW
    }
    return sorted(found, key=lambda d: (d.start, d.first, d.second))
