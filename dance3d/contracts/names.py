"""What a dancer may be called, and a dance that has no class."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 60
"""Characters of a dancer's name; chosen."""
NONE = "none of these"
"""The name of a dance that is none of a classifier's classes."""
NOT_A_DANCE = "not a dance"
"""The class of walking, running, climbing and playing ball."""


def tidy(name: str) -> str:
    """A name with single blanks and composed accents, as two spellings of it have in common."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def shown_name(name: str) -> str:
    """A name from a file as it can be shown and written: what cannot is left out, and it is cut to ``LONGEST_NAME``."""
    some = tidy(name[: 10 * LONGEST_NAME])
    return "".join(letter for letter in some if letter.isprintable())[:LONGEST_NAME].strip()
