"""What a stage's data gives its module, batch by batch, where that is more than tensors."""

from __future__ import annotations

from typing import Any


class Tracks:
    """A stage's inputs as its ``predict_dataloader`` gives them; Lightning takes lists of frozen artefacts apart.

    Args:
        inputs: lists of artefacts by the name of the stage that made them, as ``predict`` takes them.
    """

    def __init__(self, **inputs: list[Any]) -> None:
        self.inputs = inputs

    def __getitem__(self, stage: str) -> list[Any]:
        return self.inputs[stage]
