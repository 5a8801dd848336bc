"""The five stages, each a folder with its net (model), its data, its LightningModule (module) and predict."""

from typing import Any

from dance3d.lazy_import import resolve


def __getattr__(name: str) -> Any:
    """``STAGES``, the table of the stages, under its public name; it lies in ``dance3d.registry``."""
    if name == "STAGES":
        return resolve("dance3d.registry:STAGES")
    raise AttributeError(f"module 'dance3d.stages' has no attribute {name!r}")
