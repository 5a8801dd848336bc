"""Settings of keypoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dance3d.io.limits import Limits
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.stages.settings import Settings, setting

MOST = 32
"""Chosen: most dancers in one clip."""
FILE = {"backend": "file"}
EVERYBODY = "all"


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
        backend: detector of keypoints; ``file`` reads keypoints that another tool made.
        quality: accuracy against speed of the backend ``movenet``.
        model: weights of the backend in place of its own: a file, or a name of ``dance3d weights list``.
        tracker: method that gives detections their dancer; all but ``own`` are baselines to compare with.
        people: who is kept: ``all`` is everybody, in the audience too; without it dancers only; or the number of
            dancers, if known, of whom fewer may be found, never more.
        extremities: also find toes, heels, hands and the direction of the face, in some pictures of every second, or
            take them from a file of keypoints that has them.
        smooth: smooth the paths of the joints through time; without it they stay as detected.
        detect_size: longer side of the pictures for the detector; coordinates always refer to the full frame.
        limit_seconds: longer videos, and files of keypoints, are refused.
        format: of a file of keypoints: the tool that made it, if its content is ambiguous.
        skeleton: of a file of keypoints: name of the joints' layout, if the file has none; or a map from our joints to
            names in the file, ``{left_knee: knee1, ...}``, or a YAML or JSON file with one.
        size: of a file of keypoints: (width, height) of the frames, if the file has none.
        fps: frame rate of a file of keypoints that has none, or of a video without time stamps.
        take: of a file of keypoints: the take, if it has several, such as ``S1/Walking/0``.
        strict: refuse a file of keypoints of which a part would be left out with a warning.
    """

    stage: ClassVar[str] = "keypoints"

    backend: str = setting("movenet", choices=_backends)
    quality: str = setting("balanced", choices=tuple(QUALITIES), only={"backend": "movenet"})
    model: str | None = setting(None, unless=FILE)
    tracker: str = setting("own", choices=_trackers)
    people: int | str | None = setting(None, least=1, most=MOST, choices=(EVERYBODY,))
    extremities: bool = setting(True)
    smooth: bool = setting(True)
    detect_size: int = setting(1280, unit="pixels", least=64, unless=FILE)
    limit_seconds: float = setting(Limits.seconds, unit="seconds", above=0)
    format: str | None = setting(None, choices=_formats, only=FILE)
    skeleton: str | Mapping[str, str] | None = setting(None, only=FILE)
    size: tuple[int, int] | None = setting(None, unit="pixels", least=1, only=FILE)
    fps: float | None = setting(None, unit="frames/s", above=0)
    take: str | None = setting(None, only=FILE)
    strict: bool = setting(False, only=FILE)

    @property
    def number_of_people(self) -> int | None:
        """The number of dancers, none where it is not known."""
        return self.people if isinstance(self.people, int) else None

    def __post_init__(self) -> None:
        """Check settings one by one, and read a file that maps the joints.

        Raises:
            ValueError: a value that a setting cannot have, or a map that cannot be read.
        """
        super().__post_init__()
        if isinstance(self.skeleton, str) and self.skeleton.endswith((".yaml", ".yml", ".json")):
            from dance3d.io.motion_files.names import read_map

            object.__setattr__(self, "skeleton", read_map(Path(self.skeleton)))
