"""Reading JSON: an error that names the file, whatever is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        ValueError: it is no JSON in UTF-8, or one that Python does not read: nested too deeply, a number too long.
        OSError: it cannot be read at all.
    """
    return parsed_json(path.read_bytes(), path)


def parsed_json(text: str | bytes, path: Path | str) -> Any:
    """What a text of JSON holds.

    Args:
        text: the whole of it.
        path: of the file that it is from, for the error.

    Raises:
        ValueError: as in ``read_json``.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{path} cannot be read as JSON: it is nested too deeply") from error
    except ValueError as error:  # that of the syntax, of the encoding, and of a number of more than 4,300 digits
        raise ValueError(f"{path} cannot be read as JSON: {error}") from error
