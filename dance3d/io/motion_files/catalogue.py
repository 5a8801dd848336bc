"""What the name and place of a take's file say: which takes belong together, and the genre."""

from __future__ import annotations

import re
from pathlib import Path

GENRES = {"general": "everyday"}
"""Folder names that are no genre's name."""
AIST_GENRES = {
    "BR": "break",
    "PO": "pop",
    "LO": "lock",
    "MH": "middle hip-hop",
    "LH": "LA hip-hop",
    "HO": "house",
    "WA": "waack",
    "KR": "krump",
    "JS": "street jazz",
    "JB": "ballet jazz",
}
"""Of the codes in AIST's file names."""
BALLROOM_GENRES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
TOGETHER = ("dancer", "choreography")
"""What keeps takes of AIST on one side of a split: its dancers share choreographies, so not both."""
_AIST = re.compile(r"g([A-Z]{2})_s([A-Z]{2})_c\w+?_d(\d+)_m\w+?_ch(\d+)")
_BALLROOM = re.compile(r"DANCE_([CRTW])_\d+")


def group(name: str, together: str = "dancer") -> str:
    """The group of a take, which no split may part.

    Both partners of a salsa couple; all takes of a numbered subject (``05_03``); all takes of one genre of the ballroom
    recordings, which are cuts of one recording; of AIST, all takes of a dancer, or all of a choreography, which several
    dancers dance to the same music. Else the take itself.

    Args:
        name: of the take.
        together: one of ``TOGETHER``.

    Raises:
        ValueError: ``together`` is neither.
    """
    if together not in TOGETHER:
        raise ValueError(f"together is {together!r}; choose from {', '.join(TOGETHER)}")
    if match := re.fullmatch(r"salsa_(\d+)", name):
        number = int(match[1])
        return f"salsa_{number if number <= 15 else number - 15:02d}"
    if match := _AIST.match(name):
        genre, situation, dancer, choreography = match.groups()
        return f"aist_d{dancer}" if together == "dancer" else f"aist_g{genre}_s{situation}_ch{choreography}"
    if match := _BALLROOM.fullmatch(name):
        return f"ballroom_{match[1]}"
    if match := re.match(r"(\d+)_", name):
        return match[1]
    return name


def genre(name: str, path: Path) -> str:
    """The genre of a take: as AIST's and the ballroom recordings' names say, else the folder's name."""
    if (match := _AIST.match(name)) and match[1] in AIST_GENRES:
        return AIST_GENRES[match[1]]
    if match := _BALLROOM.fullmatch(name):
        return BALLROOM_GENRES[match[1]]
    return GENRES.get(path.parent.name, path.parent.name)
