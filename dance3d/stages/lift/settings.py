"""Settings of lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW, CameraSettings
from dance3d.stages.settings import Settings, setting


@dataclass(frozen=True)
class LiftSettings(Settings):
    """How keypoints become poses.

    Attributes:
        method: how keypoints are lifted: ``tcn``, a net; ``unsupervised``, a net that saw no 3D label; ``seeds``, no
            net, many seeds of every clip optimised.
        field_of_view: what the camera sees along the longer side of the picture; not used where ``camera`` is given.
        camera: what a calibration found: ``{focal: px, centre: [x, y], up: [x, y, z], height: metres}``, all but
            ``focal`` optional.
        seeds: poses of every clip that are optimised, HDVR's K.
        height: height of the dancer; makes pose and root metric.
        rigid: give bones a constant length; without it the joints stay where the net puts them.
        proportions: lift legs and trunk in the proportions that the net knows, then give them back.
        floor: find gravity and the floor, and keep standing feet where they stand.
        feet: bend the legs a little so that standing feet do not slide.
    """

    stage: ClassVar[str] = "lift"

    method: str = setting("tcn", choices=("tcn", "unsupervised", "seeds"))
    field_of_view: float = setting(ASSUMED_FIELD_OF_VIEW, unit="degrees", least=5, most=170, only={"camera": None})
    camera: CameraSettings | None = setting(None)
    seeds: int = setting(16, least=1, most=256, only={"method": "seeds"})
    height: float | None = setting(None, unit="metres", least=0.5, most=2.5)
    rigid: bool = setting(True)
    proportions: bool = setting(True, unless={"method": "seeds"})
    floor: bool = setting(True)
    feet: bool = setting(True, only={"floor": True})

    def __post_init__(self) -> None:
        """Check settings one by one, then together.

        Raises:
            ValueError: a value that a setting cannot have, or a camera's height beside the dancer's or without a floor.
        """
        super().__post_init__()
        if self.camera is None or self.camera.height is None:
            return
        if self.height is not None:
            raise ValueError(
                "lift.camera.height and the dancer's lift.height both say how long a metre is; give one of them"
            )
        if not self.floor:
            raise ValueError("lift.camera.height needs the floor; set lift.floor to true")
