"""Importing what a table names, when it is asked for and not before; and what to install where it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

TRAINING = {
    "lightning": "lightning",
    "torchmetrics": "torchmetrics",
    "jsonargparse": "jsonargparse",
    "skfmm": "scikit-fmm",
    "wandb": "wandb",
}
"""Packages of the extra ``train`` by the name of their import: all that only training and the benchmarks need."""


def resolve(path: str) -> Any:
    """Import ``module:attribute``."""
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)


def what_to_install(error: ImportError) -> str:
    """How to get a package that is missing, in one line; empty where it is no package of ours to name."""
    package = (error.name or "").partition(".")[0]
    if package not in TRAINING:
        return ""
    return f"this needs the package {package}, which is not installed: pip install 'dance3d[train]'"
