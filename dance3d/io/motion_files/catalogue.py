"""What the name and place of a take's file say: which takes belong together, and the genre."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from dance3d.contracts import NONE, NOT_A_DANCE

GENRES = {"general": NOT_A_DANCE, "stylised": NONE}
"""Folder names that are no genre's name. What is none of the classes still shows a classifier what to refuse."""
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
_AIST = re.compile(r"g([A-Z]{2})_s([A-Z]{2})_c(\w+?)_d(\d+)_m(\w+?)_ch(\d+)")
_BALLROOM = re.compile(r"DANCE_([CRTW])_\d+")


class Aist(NamedTuple):
    """What a name such as ``gBR_sBM_cAll_d04_mBR0_ch01`` of AIST says (google/aistplusplus_api)."""

    genre: str
    situation: str
    camera: str
    dancer: str
    music: str
    choreography: str


def aist(name: str) -> Aist | None:
    """The parts of a name that begins as AIST's do; none of any other."""
    match = _AIST.match(name)
    return Aist(*match.groups()) if match else None


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
    if said := aist(name):
        if together == "dancer":
            return f"aist_d{said.dancer}"
        return f"aist_g{said.genre}_s{said.situation}_ch{said.choreography}"
    if match := _BALLROOM.fullmatch(name):
        return f"ballroom_{match[1]}"
    if match := re.match(r"(\d+)_", name):
        return match[1]
    return name


def genre(name: str, path: Path) -> str:
    """The genre of a take: as AIST's and the ballroom recordings' names say, else the folder's name.

    A folder whose name is a number is a subject's, as in CMU's database, and the one above it counts.
    """
    if (said := aist(name)) and said.genre in AIST_GENRES:
        return AIST_GENRES[said.genre]
    if match := _BALLROOM.fullmatch(name):
        return BALLROOM_GENRES[match[1]]
    folder = path.parent.parent.name if path.parent.name.isdigit() else path.parent.name
    return GENRES.get(folder, folder)
