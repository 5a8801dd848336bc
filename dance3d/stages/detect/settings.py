"""Settings of detect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW, CameraSettings
from dance3d.io.limits import Limits
from dance3d.stages.settings import Settings, setting


def _foregrounds() -> tuple[str, ...]:
    from dance3d.masks.segmentation import METHODS

    return ("auto", *METHODS)


@dataclass(frozen=True)
class DetectSettings(Settings):
    """How a dancer's mask becomes a pose.

    Attributes:
        foreground: method of segmentation; ``auto`` is ``selfie``.
        field_of_view: of the camera, along the longer side of the picture; not used if ``camera`` is given.
        camera: from a calibration: ``{focal: px, centre: [x, y], up: [x, y, z]}``, all but ``focal`` optional.
        height: height of the dancer; without it the size is that of the average body of the weights.
        smooth: smooth joints and path through time.
        rigid: give bones a constant length.
        detect_size: longer side of the pictures for the detector.
        limit_seconds: longer videos are refused.
        fps: frame rate of a video without time stamps.
    """

    stage: ClassVar[str] = "detect"

    foreground: str = setting("auto", choices=_foregrounds)
    field_of_view: float = setting(ASSUMED_FIELD_OF_VIEW, unit="degrees", least=5, most=170, only={"camera": None})
    camera: CameraSettings | None = setting(None)
    height: float | None = setting(None, unit="metres", least=0.5, most=2.5)
    smooth: bool = setting(True)
    rigid: bool = setting(True)
    detect_size: int = setting(640, unit="pixels", least=64)
    limit_seconds: float = setting(Limits.seconds, unit="seconds", above=0)
    fps: float | None = setting(None, unit="frames/s", above=0)

    def __post_init__(self) -> None:
        """Check settings one by one, then together.

        Raises:
            ValueError: a value that a setting cannot have, or a camera's height, which only the lifter reads.
        """
        super().__post_init__()
        if self.camera is not None and self.camera.height is not None:
            raise ValueError("detect.camera.height: only the lifter reads it; give detect the dancer's height")
