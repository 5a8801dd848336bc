"""Write the manifest's figures into the pages that quote them: `python tools/renew_figures.py`.

The templates are those of `quoted_figures.py`.
"""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

from quoted_figures import SENTENCES, TABLES, values

ROOT = Path(__file__).resolve().parents[1]
_NUMBER = r"[-+]?\d+(?:\.\d+)?"


def renewed_row(template: str, row: str, scores: dict[str, Any]) -> str:
    """A row of a table as its template makes it; what no file keeps (``?``) stays as it stands.

    Args:
        template: of the row.
        row: as it stands on the page.
        scores: values by name.

    Raises:
        ValueError: the row is none of this template.
    """
    parts = template.format_map(scores).split("?")
    kept = re.findall(_NUMBER, row)
    literal = [re.findall(_NUMBER, part) for part in parts]
    if len(kept) != sum(map(len, literal)) + len(parts) - 1:
        raise ValueError(f"this row does not fit its template: {row}")
    out, at = parts[0], 0
    for part, numbers in zip(parts[1:], literal, strict=False):
        at += len(numbers)
        out, at = out + kept[at] + part, at + 1
    return out


def renewed_sentence(template: str, text: str, scores: dict[str, Any]) -> str:
    """A page whose sentence has the figures of now, wherever its lines are broken.

    Raises:
        ValueError: the page has no such sentence.
    """
    pieces = [piece[:3] for piece in string.Formatter().parse(template)]
    pattern = ""
    for words, field, form in pieces:
        pattern += "(" + r"\s+".join(map(re.escape, re.split(r"\s+", words))) + ")"
        pattern += "" if field is None else f"({_written(form or '')})"
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no page says: {template}")
    groups = list(found.groups())
    numbers = iter(f"{{{field}:{form}}}".format_map(scores) for _, field, form in pieces if field is not None)
    made, at = "", 0
    for _, field, _ in pieces:
        made, at = made + groups[at], at + 1
        if field is not None:
            made, at = made + next(numbers), at + 1
    return text[: found.start()] + made + text[found.end() :]


def _written(form: str) -> str:
    """Numbers as a format such as ``+.3f`` writes them."""
    digits = int(re.sub(r"\D", "", form) or 0)
    return ("[-+]" if form.startswith("+") else "-?") + r"\d+" + (rf"\.\d{{{digits}}}" if digits else "")


def main() -> None:
    """Renew every page."""
    now = values()
    for (page, head), rows in TABLES.items():
        path = ROOT / page
        lines = path.read_text().split("\n")
        start = lines.index(head) + 2
        for at, template in enumerate(rows, start):
            lines[at] = renewed_row(template, lines[at], now)
        path.write_text("\n".join(lines))
    for page, templates in SENTENCES.items():
        text = (ROOT / page).read_text()
        for template in templates:
            text = renewed_sentence(template, text, now)
        (ROOT / page).write_text(text)


if __name__ == "__main__":
    main()
