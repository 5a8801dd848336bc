"""What a training learned from and what it made, as artifacts of W&B, so that one stage leads to the next.

Each names the sha256 of its files, and a data set the keys and weights that it was made with: by these the lineage of a
net is followed from stage to stage, offline too, where W&B itself draws none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dance3d.io.file_hash import hash_file

_ALIAS = 12  # letters of a sha256 that are an alias
_LARGEST = 64 << 20  # bytes of an index that is kept; chosen


def data_set(stage: str, data: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """The artifact of what a training learns from, and the weights that this was made with: sha256 by stage.

    Args:
        stage: that is trained.
        data: settings of its DataModule.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    made = {name: found for name, path in _paths(data) if (found := _entry(path))}
    about = {name: value for name, value in data.items() if isinstance(value, str | int | float | bool)}
    artifact = wandb.Artifact(f"{stage}-data", type="dataset", metadata={"settings": about, "made_of": made})
    for name, path in _paths(data):
        if path.is_file() and path.stat().st_size < _LARGEST:
            artifact.add_file(str(path), name=f"{name}{path.suffix}")
    return artifact, {str(one["stage"]): one["weights"] for one in made.values() if isinstance(one["weights"], str)}


def weights_file(stage: str, path: Path, about: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """The artifact of a weights file, and its aliases: ``latest`` and the beginning of its sha256.

    Args:
        stage: that was trained.
        path: of the file.
        about: facts that are kept with it.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    sha = hash_file(path)
    artifact = wandb.Artifact(f"{stage}-weights", type="weights", metadata={**about, "sha256": sha})
    artifact.add_file(str(path))
    return artifact, ["latest", sha[:_ALIAS]]


def name_of_weights(stage: str, sha: str) -> str:
    """By what W&B finds the weights of a stage."""
    return f"{stage}-weights:{sha[:_ALIAS]}"


def _paths(data: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Settings that are files or folders."""
    for name, value in data.items():
        if isinstance(value, str) and value and Path(value).exists():
            yield name, Path(value).absolute()


def _entry(path: Path) -> dict[str, Any]:
    """Of the cache's entry that a path lies in: what it is, its key, and what it was made with; else nothing."""
    for folder in (path, *path.parents[:2]):
        manifest = folder / "manifest.json"
        if manifest.is_file():
            found = json.loads(manifest.read_text())
            parts = found.get("components", {})
            made = {name: parts.get(name) for name in ("inputs", "weights")}
            return {"stage": found.get("stage"), "key": found.get("key"), **made}
    return {}
