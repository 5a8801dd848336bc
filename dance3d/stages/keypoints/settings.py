"""Settings of keypoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from dance3d.io.limits import Limits
from dance3d.stages.settings import Settings, setting

MOST = 32
"""Chosen: most dancers in one clip."""
FILE = {"backend": "file"}


def _backends() -> tuple[str, ...]:
    from dance3d.stages.keypoints.detectors import DETECTORS

    return (*DETECTORS, "file")


def _trackers() -> tuple[str, ...]:
    from dance3d.stages.keypoints.tracking import TRACKERS

    return tuple(TRACKERS)


def _formats() -> tuple[str, ...]:
    from dance3d.io.keypoint_files import FORMATS, NPZ

    return (NPZ, *FORMATS)


@dataclass(frozen=True)
class KeypointSettings(Settings):
    """How dancers are found in a video.

    Attributes:
        backend: who finds bodies in pictures; ``file`` reads keypoints that another tool made.
        model: weights of the backend in place of its own: a file, or a name of ``dance3d weights list``.
        tracker: who tells the dancers apart; all but ``own`` are baselines to compare with.
        people: how many dancers there are, where you know; fewer may be found, never more.
        smooth: smooth the paths of the joints through time; without it they stay as detected where they were seen.
        detect_size: longer side of the pictures that the detector sees; coordinates are of the full frame all the same.
        limit_seconds: longer videos are refused.
        format: of a file of keypoints: which tool's it is, where its content leaves that open.
        skeleton: of a file of keypoints: name of the joints' layout, where the file does not say; or a map from joints
            of ours to names of the file's, ``{left_knee: knee1, ...}``.
        size: of a file of keypoints: (width, height) of the frames, where the file does not say.
        fps: of a file of keypoints: frame rate, where the file does not say.
        take: of a file of keypoints: which take, where it holds several, such as ``S1/Walking/0``.
    """

    stage: ClassVar[str] = "keypoints"

    backend: str = setting("mediapipe", choices=_backends)
    model: str | None = setting(None, unless=FILE)
    tracker: str = setting("own", choices=_trackers)
    people: int | None = setting(None, least=1, most=MOST)
    smooth: bool = setting(True)
    detect_size: int = setting(1280, unit="pixels", least=64, unless=FILE)
    limit_seconds: float = setting(Limits.seconds, unit="seconds", above=0, unless=FILE)
    format: str | None = setting(None, choices=_formats, only=FILE)
    skeleton: str | Mapping[str, str] | None = setting(None, only=FILE)
    size: tuple[int, int] | None = setting(None, unit="pixels", least=1, only=FILE)
    fps: float | None = setting(None, unit="frames/s", above=0, only=FILE)
    take: str | None = setting(None, only=FILE)
