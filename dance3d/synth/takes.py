"""True motion to film: the takes of a folder of motion capture, or those of the synthetic dancer."""

from __future__ import annotations

from pathlib import Path

from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion
from dance3d.synth.choreography import GENRES, choreograph


def motion(source: str, clips: int, seconds: float) -> list[MotionClip]:
    """The takes of a folder of motion capture, or of the synthetic dancer.

    Args:
        source: ``synth``, or a folder as ``datasets.mocap`` reads it.
        clips: synthetic takes per genre.
        seconds: length of a synthetic take.
    """
    if source != "synth":
        return load_motion(Path(source))
    return [
        choreograph(genre, seconds, seed * len(GENRES) + n) for n, genre in enumerate(GENRES) for seed in range(clips)
    ]
