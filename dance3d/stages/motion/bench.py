"""Figures of the shipped recognisers: movements read from estimated poses, against labels from the true ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dance3d.contracts import Movements
from dance3d.io.mocap import bench_takes
from dance3d.metrics import MovementF1
from dance3d.stages.motion.rules import movements
from dance3d.synth.film import PROTOCOL_CAMERA, film

NOISE_PX = 5.0


def bench(data: Path | None, predict: Callable[..., list[Any]]) -> dict[str, float]:
    """Film takes with the protocol's cameras and 5 px of noise, lift them, and read movements.

    Args:
        data: folder laid out like CMU motion capture, of which every take is scored; none for the takes held out for
            testing in the real data (``DANCE3D_DATA``, else beside the checkout).
        predict: runs a stage by name on inputs with settings, with its default weights.

    Returns:
        F1, means over the movements of a part that occur, then over parts: ``<part>.macro_f1`` and ``macro_f1`` of the
        recognisers on estimated poses, ``rules.…`` of the rules on estimated poses, ``true.…`` of the recognisers on
        true poses.

    Raises:
        ValueError: no such folder, or nothing in it to score.
    """
    filmed = film(bench_takes(data), NOISE_PX)
    truth = [one.truth for one in filmed]
    labels = [movements(pose) for pose in truth]
    poses = predict(
        "lift", {"keypoints": [one.keypoints for one in filmed]}, {"field_of_view": PROTOCOL_CAMERA.field_of_view}
    )
    return {
        **score(predict("motion", {"lift": poses}), labels),
        **score([movements(pose) for pose in poses], labels, "rules."),
        **score(predict("motion", {"lift": truth}), labels, "true."),
    }


def score(found: Sequence[Movements], labels: Sequence[Movements], prefix: str = "") -> dict[str, float]:
    """Macro-F1 at probability 0.5, of each part and over all; frames in which the dancer is missing count as still."""
    metric = MovementF1()
    for one, true in zip(found, labels, strict=True):
        prob = torch.from_numpy(np.nan_to_num(one.prob))
        metric.update(prob.clamp(1e-6, 1 - 1e-6).logit(), torch.from_numpy(np.nan_to_num(true.prob)))
    parts = {f"{prefix}{part}.macro_f1": round(float(value), 4) for part, value in metric.parts().items()}
    return {f"{prefix}macro_f1": round(float(metric.compute()), 4), **parts}
