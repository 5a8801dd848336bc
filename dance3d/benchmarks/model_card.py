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
_HUB_LICENCES = {"mit", "apache-2.0", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "gpl-3.0"}
"""Those of which the Hub knows the name, and that one may want."""
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
    return _between(card, f"{_facts(entry)}\n\n{_scores(entry['scores'])}")


def _between(card: str, body: str) -> str:
    """A card with a text between its two marks.

    Raises:
        ValueError: as ``fill``.
    """
    if card.count(BEGIN) != 1 or card.count(END) != 1 or card.index(BEGIN) > card.index(END):
        raise ValueError(f"a model card needs the lines {BEGIN!r} and {END!r}, once each and in this order")
    before, after = card[: card.index(BEGIN)], card[card.index(END) :]
    return f"{before}{BEGIN}\n\n{body}\n\n{after}"


def page(card: str, rows: Mapping[str, Mapping[str, Any]], place: str) -> str:
    """The card of a folder or repository of weights: its text as it is, with the rows of its manifest at their place.

    Args:
        card: as it is now; empty where there is none.
        rows: of the manifest, by stage.
        place: as one names it to load the weights.
    """
    parts = [
        f"## {stage}\n\n{_facts(row)}\n\n{_scores(row.get('scores') or {})}" for stage, row in sorted(rows.items())
    ]
    body = "\n\n".join(part.rstrip() for part in parts)
    if not card:
        licences = {str(row["license"]).lower() for row in rows.values()}
        licence = licences.pop() if len(licences) == 1 and licences <= _HUB_LICENCES else "other"
        use = "\n".join(f"dance3d run clip.mp4 --weights {stage}={place}" for stage in sorted(rows))
        card = (
            f"---\nlicense: {licence}\nlibrary_name: dance3d\ntags: [human-pose-estimation, dance]\n---\n"
            f"# Weights for dance3d\n\n```\n{use}\n```\n\n{BEGIN}\n{END}\n"
        )
    if BEGIN not in card:
        card = f"{card.rstrip()}\n\n{BEGIN}\n{END}\n"
    return _between(card, body)


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
