"""How motion is filmed to train recognisers: by virtual cameras with noise, and rendered for the detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.synth.rendered_films import VIDEOS, write_videos

TEMPOS, INVENTED, CAMERAS = (0.75, 1.3), 60, 3
"""Chosen: of the recognisers' films: the takes alone show few people and few ways to move."""
DETECTED, STRETCH = 44, 4.0
"""Chosen: films that the detector of keypoints reads beside those with noise, and their seconds at most."""


@dataclass(frozen=True)
class FilmSettings:
    """How true motion is filmed for training; as in ``synth.filmed_mocap.write_films``."""

    clips: int = 12
    seconds: float = 20.0
    cameras: int = 4
    noise_px: float = 6.0
    missing: float = 0.05
    seed: int = 0
    tempos: tuple[float, ...] = ()
    invented: int = 0
    folds: int = 0


@dataclass(frozen=True)
class DetectedFilms:
    """Rendered films, and what the detector of keypoints found in each.

    Attributes:
        rendered: the videos, their truth and their index.
        found: keypoints of every video, in order.
    """

    rendered: Result
    found: tuple[Result, ...]

    @property
    def folder(self) -> Path:
        """Of the rendered films."""
        return self.rendered.entry.folder

    @property
    def inputs(self) -> dict[str, Input]:
        """All results, by name."""
        return {"rendered": self.rendered, **{f"keypoints of {n}": one for n, one in enumerate(self.found)}}

    def keypoints(self) -> list[Keypoints2D | None]:
        """Of each film the dancer who was seen the longest; none where nobody was."""
        tracks = (one.load() for one in self.found)
        return [max(some, key=lambda track: int(track.measured.sum()), default=None) for some in tracks]


def detected_films(
    made: Callable[..., Result],
    runner: Runner,
    source: str,
    inputs: Mapping[str, Input],
    films: FilmSettings,
    count: int,
) -> DetectedFilms:
    """Render stretches of takes, and let the detector of keypoints read them.

    Args:
        made: keeps files by key, as ``TrainingSource.made``.
        runner: of the detector.
        source: of the motion.
        inputs: its key.
        films: length and number of synthetic takes, and the seed.
        count: of stretches.
    """
    given: dict[str, Any] = {
        "clips": films.clips,
        "seconds": films.seconds,
        "seed": films.seed,
        "count": count,
        "length": STRETCH,
    }
    code = "dance3d.synth.rendered_films"
    rendered = made("videos", code, inputs, given, lambda folder: write_videos(folder, source, **given))
    videos = sorted((rendered.entry.folder / VIDEOS).glob("*.mp4"))
    found = (runner.ensure("keypoints", {"video": file_given(path)}) for path in videos)
    return DetectedFilms(rendered, tuple(found))
