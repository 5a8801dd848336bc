"""The detector from masks and calibrated views alone: its curve over the steps, and held-out takes.

``python -m dance3d.benchmarks.detect.masks_alone RUN`` reads the folder of a training (``dance3d detect fit``, or what
``dance3d train --recipe mask_as_supervision`` leaves in ``runs/detect``) and prints a table of Markdown: a row per
validation, then the exported weights on takes held out for testing. No truth chose the weights; here it only scores.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dance3d.benchmarks.detect.scores import fitted_on, held_out, post_processed, score
from dance3d.stages.detect.load import load
from dance3d.training.earlier_run import WEIGHTS

COLUMNS = ("mpjpe", "p_mpjpe", "views.mpjpe", "views.p_mpjpe", "ambiguity", "iou")
"""Figures of the curve; those of poses in millimetres, others as shares."""


def curve(run: Path) -> list[dict[str, float]]:
    """Validations of a run, in order: ``step`` and what of ``COLUMNS`` was logged.

    Args:
        run: folder of the run; where it was resumed, later logs follow earlier ones.

    Raises:
        ValueError: no validation was logged there.
    """
    found: dict[int, dict[str, float]] = {}
    for path in sorted(run.glob("logs/version_*/metrics.csv"), key=lambda p: int(p.parent.name.rpartition("_")[2])):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row.get("val/iou"):
                    step = int(float(row["step"])) + 1
                    found[step] = {"step": step, **dict(_figures(row))}
    if not found:
        raise ValueError(f"{run} has no validation in its logs; give the folder of a training of detect")
    return [found[step] for step in sorted(found)]


def _figures(row: dict[str, str]) -> Iterator[tuple[str, float]]:
    for name in COLUMNS:
        text = row.get(f"val/{name}_mm" if "mpjpe" in name else f"val/{name}")
        if text:
            yield name, float(text)


def table(rows: list[dict[str, float]]) -> str:
    """The curve as Markdown, one row per validation."""
    head = ["step", "MPJPE", "P-MPJPE", "4 views: MPJPE", "P-MPJPE", "ambiguity %", "IoU"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [f"{row['step']:.0f}"]
        for name in COLUMNS:
            digits, factor = (2, 1) if name == "iou" else (1, 100 if name == "ambiguity" else 1)
            cells.append(f"{factor * row[name]:.{digits}f}" if name in row else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Print the curve of a run and the figures of its weights."""
    if len(words) != 1:
        print("usage: python -m dance3d.benchmarks.detect.masks_alone RUN", file=sys.stderr)
        return 2
    run = Path(words[0])
    try:
        print(table(curve(run)))
        if (run / WEIGHTS).is_file():
            net = load(run / WEIGHTS)
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                test = held_out(folder / "test", net)
                found = {f"test.{key}": value for key, value in score(net, test).items()}
                spp = post_processed(net, fitted_on(folder / "fit", net), test)
            found |= {f"test.spp.{key}": value for key, value in spp.items()}
            print("\n".join(f"{key} {value:.4f}" for key, value in found.items()))
    except ValueError as error:
        print(f"masks_alone: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
