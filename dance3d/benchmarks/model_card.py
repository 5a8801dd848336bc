"""Model cards: the manifest entries of shipped weights, written into the pages of docs/model-cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dance3d.io.weights import manifest

FOLDER = Path(__file__).parents[2] / "docs" / "model-cards"
"""The cards, in a checkout; an installed package has none."""
BEGIN = "<!-- from the manifest: written when weights ship, do not edit -->"
END = "<!-- end -->"
POSE_ERRORS = {"mpjpe": "MPJPE", "p_mpjpe": "P-MPJPE", "n_mpjpe": "N-MPJPE", "mpjve": "MPJVE"}


def update_card(stage: str, folder: Path = FOLDER) -> None:
    """Write the manifest's entry into a stage's card, where there is a card.

    Raises:
        ValueError: the card has no place for it.
    """
    path = folder / f"{stage}.md"
    if path.is_file():
        path.write_text(fill(path.read_text(), manifest()[stage]))


def fill(card: str, entry: Mapping[str, Any]) -> str:
    """A card with an entry of the manifest between its two marks.

    Raises:
        ValueError: the marks are not there, once each and in order.
    """
    if card.count(BEGIN) != 1 or card.count(END) != 1 or card.index(BEGIN) > card.index(END):
        raise ValueError(f"a model card needs the lines {BEGIN!r} and {END!r}, once each and in this order")
    before, after = card[: card.index(BEGIN)], card[card.index(END) :]
    return f"{before}{BEGIN}\n\n{_facts(entry)}\n\n{_scores(entry['scores'])}\n\n{after}"


def _facts(entry: Mapping[str, Any]) -> str:
    use = "commercial use allowed" if entry["commercial_ok"] else "no commercial use"
    rows = {
        "file": f"`{entry['file']}`, {entry['bytes'] / 1e6:.1f} MB",
        "sha256": f"`{entry['sha256']}`",
        "licence": f"{entry['license']}, {use}",
        "trained on": entry["trained_on"],
        "made by": f"`{entry['command']}`",
    }
    return _table(("what", ""), list(rows.items()))


def _scores(scores: Mapping[str, float]) -> str:
    """Pose errors as one row per data set; every other figure on its own."""
    rows: dict[str, dict[str, float]] = {}
    others = []
    for name, value in scores.items():
        where, _, metric = name.rpartition(".")
        if metric in POSE_ERRORS and f"{where}.mpjpe" in scores:
            rows.setdefault(where, {})[metric] = value
        else:
            others.append((f"`{name}`", f"{value:g}"))
    head = ("scored on", *POSE_ERRORS.values())
    tables = []
    if rows:
        cells = [
            (f"`{where}`", *(f"{found[key]:g}" if key in found else "" for key in POSE_ERRORS))
            for where, found in sorted(rows.items())
        ]
        tables.append("Millimetres; MPJVE in millimetres per frame.\n\n" + _table(head, cells))
    if others:
        tables.append(_table(("figure", "value"), others))
    return "\n\n".join(tables)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows))
