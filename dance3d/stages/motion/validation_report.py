"""Plots and charts of movement scores after a validation."""

from __future__ import annotations

from dance3d.metrics.movements import MovementF1
from dance3d.movement_types import part_title
from dance3d.visualization import wandb_charts
from dance3d.visualization.plots import reliability, series
from dance3d.visualization.skeleton import Image


def score_pictures(score: MovementF1, takes: str = "") -> dict[str, Image]:
    """``parts``: F1, precision, recall and average precision by body part; ``reliability``: of all probabilities."""
    parts = score.tally().by_part()
    values = {
        title: {part_title(part): found[key] for part, found in parts.items()}
        for title, key in (("precision", "precision"), ("recall", "recall"), ("F1", "macro_f1"))
    }
    values["F1"] = values["F1"] or {"no movement": float("nan")}
    unit = ", ".join(x for x in ("mean over the types that occur", takes) if x)
    return {
        "parts": series(values, "Movements by body part", unit, top=1.0),
        "reliability": reliability(score.reliability(), "Probabilities of movements", takes),
    }


def score_charts(score: MovementF1) -> dict[str, wandb_charts.Chart]:
    """``parts``: F1 by body part; ``types``: every score of every type that occurs; ``reliability``."""
    tally, average = score.tally(), score.average_precision().cpu().tolist()
    rows = [
        (name, int(tally.true[n]), tally.f1[n], tally.precision[n], tally.recall[n], average[n])
        for n, name in enumerate(score.names)
        if tally.true[n]
    ]
    by_part = {part_title(part): found["macro_f1"] for part, found in tally.by_part().items()}
    columns = ("movement", "frames", "F1", "precision", "recall", "average precision")
    return {
        "parts": wandb_charts.bars(by_part, "Movement F1 by body part", "F1"),
        "types": wandb_charts.table(columns, [[float(v) if isinstance(v, float) else v for v in row] for row in rows]),
        "reliability": wandb_charts.reliability(score.reliability(), "Probabilities of movements"),
    }
