"""A take as a net sees it, as a video with a few facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.writer import VideoWriter


@dataclass(frozen=True)
class TakeFilm:
    """Pictures of a take, one after the other.

    Attributes:
        facts: of the take: its name, its error and the like.
        frames: (H, W, 3), RGB, all of one size; at least one.
        fps: of them.
    """

    facts: Mapping[str, str | float]
    frames: Iterable[NDArray[np.uint8]]
    fps: float

    def write(self, path: Path) -> None:
        """Write a video that browsers play."""
        frames = iter(self.frames)
        first = next(frames)
        with VideoWriter(path, (first.shape[1], first.shape[0]), self.fps) as writer:
            for number, frame in enumerate(chain([first], frames)):
                writer.write(frame, number / self.fps)
