"""The five stages, each a folder with its net (model), its data, its LightningModule (module) and predict."""

from typing import Any


def __getattr__(name: str) -> Any:
    """``STAGES``, the table of the stages, which lies in ``dance3d.registry``."""
    if name == "STAGES":
        from dance3d.registry import STAGES

        return STAGES
    raise AttributeError(f"module 'dance3d.stages' has no attribute {name!r}")
