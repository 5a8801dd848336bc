"""The weights of the extremities count for what is kept of the stage lift."""

from __future__ import annotations

from dance3d.io import weights
from dance3d.io.file_hash import hash_file
from dance3d.registry import get
from dance3d.stages.lift.extremities.shipped import WEIGHTS


def test_the_stage_names_the_file_that_ships() -> None:
    stage = get("lift")
    assert stage.fetched_weights(stage.settings()) == {WEIGHTS: hash_file(weights.default(WEIGHTS))}
