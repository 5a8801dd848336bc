"""Which training a user's few labelled examples get, and a layer on the shipped net as weights in the cache."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dance3d.io.weights import default
from dance3d.lazy_import import resolve
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import Input, Result, Runner
from dance3d.registry import Stage

WEIGHTS = "weights.safetensors"
SCORE = "score.json"
"""Beside the weights: the metric that chose them, whether less or more of it is better, and its value."""
EXAMPLES = "examples"
"""Name of the input that a user labelled."""
OWN = "a layer on the shipped net, which stays as it is, for movements of your own"
FEW = 20
"""Chosen: where the smallest class has fewer videos, but two, only a layer is trained."""


def choose(row: Stage, method: str, inputs: Mapping[str, Input], data: Mapping[str, Any], choice: bool | None) -> str:
    """Why only a layer is trained, in words; empty where all of the net is.

    Args:
        row: of the stage.
        method: of training, as of ``Learner.train``.
        inputs: of the training.
        data: arguments of its DataModule.
        choice: of the user; none: by how many videos there are.

    Raises:
        ValueError: the user wants a layer where none can be trained.
    """
    if not row.head or method or EXAMPLES not in inputs:
        if choice:
            raise ValueError(
                f"a layer on the shipped net learns from labelled videos, without a method; {row.name} here does not"
            )
        return ""
    lines = json.loads(Path(data["index"]).read_text())
    count = Counter(genre for _, genre in {(line["name"], line["genre"]) for line in lines})
    name, fewest = min(count.items(), key=lambda one: (one[1], one[0]))
    if choice is None:
        choice = 2 <= fewest < FEW
    only = f"a layer on the shipped net, which stays as it is: {name} has {fewest} videos; --head no trains all of it"
    return only if choice else ""


def fit(runner: Runner, row: Stage, inputs: Mapping[str, Input], data: Mapping[str, Any], why: str) -> Result:
    """A layer on a stage's shipped net, from the cache or fitted now: weights, and their scores beside them.

    Args:
        runner: whose cache is used.
        row: of the stage.
        inputs: of the training.
        data: where they lie.
        why: first line of its scores: as of ``choose``.
    """
    shipped = file_given(default(row.name))
    keys = {**{name: given.key for name, given in inputs.items()}, "shipped": shipped.key}
    parts = components(
        f"{row.name}-head", (row.head.partition(":")[0],), keys, libraries=("torch", "numpy", "scipy"), training=True
    )

    def write(folder: Path) -> None:
        scores = resolve(row.head)(data, default(row.name), folder / WEIGHTS)
        scores["lines"] = [why, *scores["lines"]]
        (folder / SCORE).write_text(json.dumps(scores, indent=1))

    return runner.ensure_files(f"{row.name}-head", parts, write, {**inputs, "shipped": shipped})


def lines_of(path: Path) -> list[str]:
    """What the scores beside a weights file say in words; nothing where there are none."""
    score = path.with_name(SCORE)
    return list(json.loads(score.read_text()).get("lines", [])) if score.is_file() else []
