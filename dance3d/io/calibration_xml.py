"""Small XML files that tell of cameras, read without document types, and so without entities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

_LARGEST = 2**22  # bytes of a calibration; real ones have a tenth of that at most


def read_xml(
    path: Path,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read an XML file of a calibration.

    Args:
        path: the file.
        start: is called with name and attributes where an element begins.
        end: is called with the name where it ends.
        text: is called with the text between elements.

    Raises:
        ValueError: too large, no XML, or one that declares a document type.
    """

    def refuse(*_: object) -> NoReturn:
        raise ValueError(f"{path} declares a document type, which no calibration does; it is not read")

    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, expected a calibration of at most {_LARGEST}")
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, refuse
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise ValueError(f"{path} is no XML: {error}") from error
