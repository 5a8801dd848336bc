"""One process of a training in several: ``python -m dance3d.benchmarks.machines.worker FOLDER OUT CONFIG...``.

It trains one config after the other and validates each checkpoint; to start a process takes longer than that. What it
finds goes to ``OUT``, a JSON file for each config and process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import distributed

from dance3d.benchmarks.machines.small_trainings import SMALL_TRAININGS
from dance3d.training.fit import config
from dance3d.training.stage_cli import StageCLI


def train(name: str, folder: Path, run: Path, **settings: Any) -> StageCLI:
    """Train a config.

    Args:
        name: of the config.
        folder: what ``write_data`` wrote.
        run: the run folder.
        settings: as of ``SmallTraining.words``.
    """
    return StageCLI(SMALL_TRAININGS[name].stage, SMALL_TRAININGS[name].words("fit", folder, run, **settings))


def validate(name: str, folder: Path, run: Path, **settings: Any) -> dict[str, float]:
    """Figures of the last checkpoint of a run.

    Args:
        name: of the config.
        folder: what ``write_data`` wrote.
        run: the run folder.
        settings: as of ``SmallTraining.words``.
    """
    words = SMALL_TRAININGS[name].words("validate", folder, run, ckpt_path="last", **settings)
    found = StageCLI(SMALL_TRAININGS[name].stage, words).trainer.callback_metrics
    return {key: float(value) for key, value in found.items()}


def differing(module: torch.nn.Module) -> list[str]:
    """Names of the parameters and buffers that are not equal in all processes."""
    mine = {key: value.double().sum().item() for key, value in module.state_dict().items()}
    every: list[dict[str, float]] = [{} for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(every, mine)
    return [key for key in mine if any(str(other[key]) != str(mine[key]) for other in every)]


def machine() -> dict[str, Any]:
    """Settings of two processes on a CPU, with the strategy of ``machine/ddp.yaml``."""
    strategy = yaml.safe_load(config("machine/ddp").read_text())["trainer"]["strategy"]
    given = {"accelerator": "cpu", "devices": 2, "precision": "32-true", "strategy": strategy}
    return {f"trainer__{name}": value for name, value in given.items()}


if __name__ == "__main__":
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[3:]:
        started = time.monotonic()
        found: dict[str, Any] = {}
        try:
            cli = train(name, folder, out / name, **machine())
            found["differing"] = differing(cli.model)
            found["figures"] = validate(name, folder, out / name, **machine())
        finally:
            if "figures" not in found:
                found["error"] = f"{type(sys.exception()).__name__}: {sys.exception()}"
            found["seconds"] = time.monotonic() - started
            fresh = out / f".{name}.{os.environ['LOCAL_RANK']}"
            fresh.write_text(json.dumps(found))
            fresh.replace(out / f"{name}.{os.environ['LOCAL_RANK']}.json")
