"""How large a video may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What is refused, so that a damaged or malicious file cannot use up the machine. The numbers are chosen.

    Attributes:
        seconds: longest clip.
        pixels: largest picture, width times height.
        frames: most frames.
    """

    seconds: float = 7200.0
    pixels: int = 7680 * 4320
    frames: int = 1_000_000


LIMITS = Limits()
