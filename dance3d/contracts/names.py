"""What a dancer may be called."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 60
"""Characters of a dancer's name; chosen."""


def tidy(name: str) -> str:
    """A name with single blanks and composed accents, as two spellings of it have in common."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def shown_name(name: str) -> str:
    """A name from a file as it can be shown and written: what cannot is left out, and it is cut to ``LONGEST_NAME``."""
    some = tidy(name[: 10 * LONGEST_NAME])
    return "".join(letter for letter in some if letter.isprintable())[:LONGEST_NAME].strip()
