"""Settings of motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dance3d.stages.settings import Settings, setting


@dataclass(frozen=True)
class MotionSettings(Settings):
    """How movements are recognised.

    Attributes:
        types: YAML file of your own movement types (docs/movements-own.md).
    """

    stage: ClassVar[str] = "motion"

    types: str | None = setting(None)

    def check_files(self) -> None:
        """Hold that the movement types can be read, before anything runs.

        Raises:
            ValueError: no such file, or an error in it.
        """
        if self.types is not None:
            from dance3d.stages.motion.custom_types import read_types

            read_types(self.types)
