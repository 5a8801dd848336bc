"""Which weights of the extremities ship, without reading them."""

from __future__ import annotations

from typing import Any

from dance3d.io import weights

WEIGHTS = "lift-extremities"
"""Name of the weights that ship."""


def sha256_of_weights(settings: Any) -> dict[str, str]:
    """Sha256 of the weights that the stage runs with beside its own, whatever its settings."""
    return {WEIGHTS: str(weights.manifest()[WEIGHTS]["sha256"])}
