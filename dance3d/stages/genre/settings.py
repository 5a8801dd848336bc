"""Settings of genre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dance3d.stages.settings import Settings, setting


@dataclass(frozen=True)
class GenreSettings(Settings):
    """How a dance is named.

    Attributes:
        evidence: most pieces of evidence to give of the answer; 0 gives none.
    """

    stage: ClassVar[str] = "genre"

    evidence: int = setting(5, least=0)
