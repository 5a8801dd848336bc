"""What pages quote of the manifest and of the code: `renew_figures.py` writes it, tests/docs/test_figures.py holds it.

A row or sentence of a page stands here as a template: ``{lift[default.gt.mpjpe]:.1f}`` is a score of the manifest, and
``?`` a figure that no file of the package keeps.
"""

from __future__ import annotations

import re
from typing import Any

from dance3d.io.weights import manifest
from dance3d.movement_types import MOVEMENTS, PARTS, WORDS

LIFT = (
    "MPJPE **{{{0}.mpjpe]:.1f}}**, P-MPJPE **{{{0}.p_mpjpe]:.1f}}**, "
    "N-MPJPE {{{0}.n_mpjpe]:.1f}} mm; MPJVE {{{0}.mpjve]:.1f}} mm/frame"
)
GT, NOISE = "lift[default.gt", "lift[default.noise5"
NO_GT, NO_NOISE = "unsupervised[unsupervised.gt", "unsupervised[unsupervised.noise5"


def _errors(mark: str, *where: str) -> str:
    """Cells of four pose errors, each of one or more figures with strokes between."""
    cells = (
        " / ".join(f"{mark}{{{place}.{key}]:.1f}}{mark}" for place in where)
        for key in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve")
    )
    return " | ".join(cells)


def _motion(title: str, key: str, digits: int) -> str:
    """A row of the recognisers' table; the rules' own figures on noisy keypoints are not kept."""
    cells = ("", None, "exact.", "exact.rules.", "true.")
    return f"| {title} | " + " | ".join("?" if c is None else f"{{motion[{c}{key}]:.{digits}f}}" for c in cells) + " |"


SIDES = {"l": "left ", "r": "right "}
MOTION = [
    *(
        _motion(title, key, 3)
        for title, key in (
            ("**macro-F1**", "macro_f1"),
            ("**micro-F1**", "micro_f1"),
            ("onset within 0.1 s, macro", "onset.macro_f1"),
            ("onset within 0.1 s, micro", "onset.micro_f1"),
            ("overlap 0.5, macro", "overlap.macro_f1"),
            ("average precision", "map"),
            ("calibration error, pooled", "ece_pooled"),
        )
    ),
    *(_motion(re.sub(r"^([lr])_", lambda side: SIDES[side[1]], part), f"{part}.macro_f1", 2) for part in PARTS),
]


def _words(title: str, key: str, spread: bool = True, frames: bool = True) -> str:
    """A row of the words' table.

    Args:
        title: of the row.
        key: what the figures' names begin with.
        spread: whether precision and recall are told.
        frames: whether scores by frame are told.
    """
    cells = [
        f"{{motion[words.{key}{kind}.{mean}_f1]:.2f}}" for kind in ("frames", "events") for mean in ("macro", "micro")
    ]
    cells[:2] = cells[:2] if frames else ["", ""]
    both = ", ".join(f"{{motion[words.{key}events.{side}]:.2f}}" for side in ("precision", "recall"))
    return f"| {title} | {' | '.join([*cells, both if spread else ''])} |".replace("|  |", "| |").replace("|  |", "| |")


WORD_ROWS = [
    _words("recognisers", ""),
    _words("rules alone", "rules."),
    _words("what the report shows at its start", "shown.", frames=False),
    _words("chance: half a take later", "chance.", spread=False),
    _words("ceiling: thresholds times 0.8 against 1.25, true poses", "ceiling.", spread=False),
    _words("by the detector: recognisers", "detector."),
    _words("by the detector: rules alone", "detector.rules."),
    _words("by the detector: what the report shows at its start", "detector.shown.", frames=False),
]
GENRES = ("break", "indian", "martial", "modern", "not a dance", "salsa")
BLOCK = "genre[clean.net"

ENDS = (("foot: ankle to toe", "foot"), ("hand: wrist to knuckles", "hand"), ("head: skull to face", "head"))

TABLES: dict[tuple[str, str], list[str]] = {
    ("docs/lift.md", "| direction | median off | ninth decile | known |"): [
        f"| {title} | {{ends[{kind}.degrees]:.1f}}° | {{ends[{kind}.p90]:.0f}}° | {{percent_known[{kind}]:.0f}}% |"
        for title, kind in ENDS
    ],
    ("README.md", "| stage | on | score |"): [
        f"| lift | exact keypoints | {LIFT.format(GT)} |",
        f"| lift | 5 px of noise | {LIFT.format(NOISE)} |",
        f"| lift | exact keypoints, net that saw no 3D label | {LIFT.format(NO_GT)} |",
        f"| lift | 5 px of noise, net that saw no 3D label | {LIFT.format(NO_NOISE)} |",
        "| lift | real video, four cameras judge each one alone | P-MPJPE **{lift[multiview.p_mpjpe]:.1f}** mm; "
        "with no 3D label **{unsupervised[multiview.unsupervised.p_mpjpe]:.1f}** |",
        "| motion | lifted poses, {words} words against graded labels of the true ones | F1 by frame "
        "**{motion[words.frames.macro_f1]:.2f}**, by event **{motion[words.events.macro_f1]:.2f}** (the rules alone "
        "{motion[words.rules.frames.macro_f1]:.2f} and {motion[words.rules.events.macro_f1]:.2f}; chance "
        "{motion[words.chance.frames.macro_f1]:.2f} and {motion[words.chance.events.macro_f1]:.2f}; what the labels "
        "repeat of themselves {motion[words.ceiling.frames.macro_f1]:.2f} and "
        "{motion[words.ceiling.events.macro_f1]:.2f}) |",
        "| motion | the same on rendered films that the detector reads | by frame "
        "**{motion[words.detector.frames.macro_f1]:.2f}**, by event **{motion[words.detector.events.macro_f1]:.2f}** "
        "(the rules {motion[words.detector.rules.frames.macro_f1]:.2f} and "
        "{motion[words.detector.rules.events.macro_f1]:.2f}) |",
        "| motion | lifted poses, the {types} types against plain labels | macro-F1 over {parts} parts "
        "**{motion[macro_f1]:.2f}** (the rules alone ?; exact keypoints {motion[exact.macro_f1]:.2f}; "
        "true pose {motion[true.macro_f1]:.2f}); "
        "frames pooled {motion[micro_f1]:.2f}; calibration error {motion[ece_pooled]:.3f} (pooled) |",
        f"| genre | 5 s windows; dancers, or takes of a single one, left out of genre and lifter | macro-F1 "
        f"**{{{BLOCK}.macro_f1]:.2f}}** (trees on the same poses {{genre[clean.trees.macro_f1]:.2f}}), accuracy "
        f"{{{BLOCK}.accuracy]:.2f}} over six classes |",
    ],
    ("docs/lift.md", "| keypoints, lifter | MPJPE | P-MPJPE | N-MPJPE | MPJVE |"): [
        f"| exact, **dance3d** | {_errors('**', GT)} |",
        f"| modern dance / salsa | {_errors('', f'{GT}.modern', f'{GT}.salsa')} |",
        f"| no 3D label (`unsupervised`) | {_errors('', NO_GT)} |",
        f"| modern dance / salsa | {_errors('', f'{NO_GT}.modern', f'{NO_GT}.salsa')} |",
        "| no net at all (`seeds`) | ? | ? | ? | ? |",
        "| VideoPose3D | ? | ? | ? | ? |",
        f"| 5 px noise, **dance3d** | {_errors('**', NOISE)} |",
        f"| no 3D label (`unsupervised`) | {_errors('', NO_NOISE)} |",
        "| no net at all (`seeds`) | ? | ? | ? | ? |",
        "| VideoPose3D | ? | ? | ? | ? |",
    ],
    (
        "docs/motion.md",
        "| | recognisers | rules alone | recognisers, exact 2D | rules, exact 2D | recognisers, true pose |",
    ): MOTION,
    (
        "docs/motion.md",
        "| | frames, macro | frames, micro | events, macro | events, micro | events, precision and recall |",
    ): WORD_ROWS,
    ("docs/genre.md", f"| | {' | '.join(GENRES)} |"): [
        f"| {true} | " + " | ".join(f"{{{BLOCK}.confusion.{true}.{named}]:.2f}}" for named in GENRES) + " |"
        for true in GENRES
    ],
    (
        "docs/detect.md",
        "| | MPJPE | N- | P- | PCK % | AUC % | 2D % | ambiguity % | 4 views: MPJPE | P- |",
    ): [
        "| `full`: shipped weights | {detect[full.mpjpe]:.1f} | {detect[full.n_mpjpe]:.1f} | "
        "{detect[full.p_mpjpe]:.1f} | "
        "{percent[full.pck]:.1f} | {percent[full.auc]:.1f} | {detect[full.mse2d]:.2f} | "
        "{percent[full.ambiguity]:.1f} | {detect[full.views.mpjpe]:.1f} | {detect[full.views.p_mpjpe]:.1f} |"
    ],
}
"""Tables by page and head; every row is one of the templates."""

SENTENCES: dict[str, list[str]] = {
    "README.md": [
        "| `motion` | {words} words for what a dancer does, and {types} movements of {parts} body parts behind them, "
        "every frame |",
        "# {words} words and the {types} types behind them, every frame",
    ],
    "docs/README.md": ["the {words} words, drawn, and the {types} movement types behind them"],
    "docs/outputs.md": ["the {types} movement types behind them, frame by frame"],
    "docs/artefacts.md": ["`prob` (T,{types})", "`xyz` (T,{joints},3) m in the world"],
    "docs/movements.md": ["speak in {words} **words**", "Behind them are {types} **types** over {parts} body parts"],
    "docs/motion.md": [
        "a probability for each of {types} movement types over {parts} body parts",
        "The recognisers beat the rules by {motion[gain.frames.mean]:+.3f} macro-F1 on frames",
        "{motion[gain.frames.low]:.3f} to {motion[gain.frames.high]:+.3f}",
        "by {motion[gain.onsets.mean]:+.3f} on onsets "
        "({motion[gain.onsets.low]:.3f} to {motion[gain.onsets.high]:+.3f})",
        "they reach macro-F1 {motion[share_0.05.macro_f1]:.2f}, with 10 % {motion[share_0.1.macro_f1]:.2f}, "
        "with a quarter {motion[share_0.25.macro_f1]:.2f}, with half {motion[share_0.5.macro_f1]:.2f}",
        "gated convolutions over time, {reach} frames to either side",
    ],
    "docs/lift.md": [
        "the default {lift[multiview.camera1.p_mpjpe]:.1f}, {lift[multiview.camera2.p_mpjpe]:.1f}, "
        "{lift[multiview.camera3.p_mpjpe]:.1f}, {lift[multiview.camera4.p_mpjpe]:.1f}, mean "
        "**{lift[multiview.p_mpjpe]:.1f} mm**; the one that saw no 3D label",
        "mean **{unsupervised[multiview.unsupervised.p_mpjpe]:.1f} mm** (`dance3d bench lift`)",
        "shoulders {lift[multiview.truth.shoulders_mm]:.0f} ± {lift[multiview.truth.shoulders_spread_mm]:.0f} mm, "
        "upper arms {lift[multiview.truth.upper_arm_mm]:.0f} ± {lift[multiview.truth.upper_arm_spread_mm]:.0f}, thighs "
        "{lift[multiview.truth.thigh_mm]:.0f} ± {lift[multiview.truth.thigh_spread_mm]:.0f}",
        "`up` is off by {lift[multiview.up_degrees]:.0f}° in the mean, a level camera's by "
        "{lift[multiview.up_degrees.level]:.0f}°",
    ],
    "docs/genre.md": [
        f"Macro-F1 {{{BLOCK}.macro_f1]:.2f}}, accuracy {{{BLOCK}.accuracy]:.2f}}; per stretch "
        f"{{{BLOCK}.clip.macro_f1]:.2f}} and {{{BLOCK}.clip.accuracy]:.2f}}",
        "{share[clean.open.known_mean]:.0f}% of the windows stay known, every class alike",
    ],
    "docs/detect.md": [
        "whole poses exchanged where that is nearer {detect[full.flip_allowed.mpjpe]:.1f} mm, pairs exchanged "
        "{detect[full.pairs_swapped.mpjpe]:.1f} mm",
        "| tennis: IoU of the drawn body, single view | {detect[tennis.iou]:.3f} |",
        "each alone, P-MPJPE | {detect[multiview.p_mpjpe]:.1f} mm |",
    ],
}
"""Parts of sentences and rows that stand on a page as they are, wherever its lines are broken."""


def values() -> dict[str, Any]:
    """Scores of every entry of the manifest, and counts of the code, by the names that the templates use."""
    from dance3d.skeleton import H36M17
    from dance3d.stages.motion.model import REACH

    scores = {name: entry["scores"] for name, entry in manifest().items()}
    return scores | {
        "unsupervised": scores["lift-unsupervised"],
        "ends": (ends := {k.partition(".")[2]: v for k, v in scores["lift-extremities"].items()}),
        "percent_known": {k.partition(".")[0]: 100 * v for k, v in ends.items() if k.endswith(".seen")},
        "percent": {name: 100 * value for name, value in scores["detect"].items()},
        "share": {name: 100 * value for name, value in scores["genre"].items()},
        "types": len(MOVEMENTS),
        "words": len(WORDS),
        "parts": len(PARTS),
        "joints": len(H36M17.joints),
        "reach": REACH,
    }
