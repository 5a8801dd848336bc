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
