"""CSV as people bring it: with commas, or as Excel saves it, with semicolons, tabs, decimal commas and old letters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""First bytes of a text in UTF-16."""
_DECIMAL = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def text_of(data: bytes) -> str:
    """A table's text: UTF-8, UTF-16 as its first bytes say, or what Excel writes in western Europe.

    Raises:
        UnicodeDecodeError: it is none of these.
    """
    if data[:2] in UTF_16:
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def delimiter_of(text: str) -> str:
    """The comma, semicolon or tab that is most often in the first lines; of equals the comma."""
    head = "\n".join(text[:4096].splitlines()[:10])
    return max(",;\t", key=head.count)


def rows_of(text: str) -> Iterator[list[str]]:
    """Rows of a table that are not blank, one at a time; Excel's first line ``sep=;`` is none.

    Raises:
        csv.Error: a row that is none.
    """
    for _, row in numbered_rows(text):
        yield row


def numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the number of the line each ends in.

    Raises:
        csv.Error: a row that is none.
    """
    told = re.match(r"sep=(.)\r?\n", text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=told[1] if told else delimiter_of(text))
    for row in reader:
        if any(cell.strip() for cell in row) and not (told and reader.line_num == 1):
            yield reader.line_num, row


def number(cell: str) -> float:
    """A number, also with a decimal comma; NaN where the cell is blank.

    Raises:
        ValueError: it is something else.
    """
    cell = cell.strip()
    try:
        return float(cell.replace(",", ".") if _DECIMAL.fullmatch(cell) else cell or "nan")
    except ValueError as error:
        raise ValueError(f"{cell[:40]!r} is no number") from error
