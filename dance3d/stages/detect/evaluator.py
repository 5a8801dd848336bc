"""A detector's predictions on fixed moments, and their scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dance3d.geometry.precision import in_full_precision
from dance3d.masks import lines, skeleton_mask
from dance3d.metrics import MPJPE, PMPJPE
from dance3d.metrics.all_processes import of_all_processes
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.data import SCORED_BATCH, MomentDataset
from dance3d.stages.detect.inference import infer_on_device
from dance3d.stages.detect.model import HourglassNet, net_targets, pose
from dance3d.stages.detect.multiview_consensus import Consensus, body_lengths, reach_consensus, total_length
from dance3d.stages.detect.score_tables import scores

MASK_THRESHOLD = 0.2
"""Chosen: threshold of a drawn mask; limbs are then as thick as an average body's."""
MOST_MEASURED = 200
"""Chosen: most moments from which the length of the bones is measured."""
_PELVIS = H36M17.index("pelvis")


class ScenePredictions(NamedTuple):
    """Predictions for N moments of V views.

    Attributes:
        xyz: (N, V, 17, 3) as in ``model.PosePrediction``, of every view alone.
        spread: (N, V, 17) likewise.
        agreed: the consensus of the views.
    """

    xyz: Tensor
    spread: Tensor
    agreed: Consensus


def predict_scenes(net: HourglassNet, scenes: Scenes) -> ScenePredictions:
    """Run a detector on moments."""
    found, views = infer_on_device(net, scenes.image.flatten(0, 1), scenes.mask.flatten(0, 1).bool()), scenes.half.shape
    xyz = found.xyz.view(*views, -1, 3).to(scenes.half.device)
    spread = found.spread.view(*views, -1).to(scenes.half.device)
    return ScenePredictions(xyz, spread, reach_consensus(xyz, spread, scenes.half, scenes.extrinsics, scenes.valid))


def body_length(net: HourglassNet, moments: MomentDataset) -> float | None:
    """Metres of a median body's bones, as the net predicts them (``body_lengths``); none without calibrated views."""
    rows = np.unique(np.linspace(0, len(moments) - 1, min(MOST_MEASURED, len(moments))).astype(int))
    found = []
    for part in np.array_split(rows, max(1, len(rows) // SCORED_BATCH)):
        scenes = moments.scenes(part, distances=False)
        predicted = predict_scenes(net, scenes)
        found.append(body_lengths(predicted.xyz, predicted.agreed, scenes.half, scenes.extrinsics, scenes.valid))
    lengths = torch.cat(found)
    return float(lengths.median()) if len(lengths) else None


@in_full_precision
def scaled(xyz: Tensor, half: Tensor, length: float) -> Tensor:
    """Outputs of the net as poses in metres around the pelvis, in the crop's camera.

    Args:
        xyz: (..., 17, 3) outputs of the net.
        half: (...) tangent of half the crop's angle.
        length: metres of all bones together.
    """
    shape = pose(xyz, half)
    return shape * (length / total_length(shape).clamp_min(1e-6))[..., None, None]


def body_masks(xyz: Tensor, size: int) -> Tensor:
    """(..., 17, 3) outputs of the net to (..., S, S) masks, true on the body that ``masks.skeleton_mask`` draws."""
    return skeleton_mask(xyz[..., :2], size, lines()) > MASK_THRESHOLD


class Scores:
    """Strict scores over many batches of moments with known truth."""

    def __init__(self) -> None:
        self.alone: list[tuple[Tensor, ...]] = []
        self.together: list[tuple[Tensor, Tensor]] = []

    @in_full_precision
    def add(self, scenes: Scenes, predicted: ScenePredictions, length: float) -> None:
        """Add a batch.

        Args:
            scenes: the moments.
            predicted: predictions for them.
            length: metres of all bones of a body together (``body_length``).
        """
        local = scenes.truth[:, None] @ scenes.extrinsics[..., :3].transpose(-1, -2)
        flat = net_targets(scenes.truth[:, None], scenes.extrinsics, scenes.half)[..., :2]
        metres, true = scaled(predicted.xyz, scenes.half, length), local - local[..., _PELVIS, None, :]
        seen = torch.isfinite(scenes.truth).all((1, 2)), predicted.agreed.determined.flatten(1).all(1), scenes.valid
        # once for all moments: every look at a value on a GPU waits for it
        views = [part.cpu() for part in (metres, true, predicted.xyz[..., :2], flat)]
        known, agreed, valid = (part.cpu() for part in seen)
        bodies = (part.cpu() for part in (scenes.truth, predicted.agreed.world))
        truth, world = (body - body[:, _PELVIS, None] for body in bodies)
        for n in known.nonzero()[:, 0].tolist():
            self.alone.append(tuple(part[n][valid[n]] for part in views))
            if agreed[n]:
                self.together.append((world[n][None, None], truth[n][None, None]))

    def compute(self) -> dict[str, float]:
        """``score_tables.scores`` of single views; ``views.mpjpe`` and ``views.p_mpjpe`` of all views triangulated.

        Of what all processes added, each of which has to ask. Empty if no truth was known.
        """
        alone, together = of_all_processes(self.alone), of_all_processes(self.together)
        if not alone:
            return {}
        found = scores(*(list(column) for column in zip(*alone, strict=True)))
        for name, metric in (("mpjpe", MPJPE()), ("p_mpjpe", PMPJPE())):
            for ours, true in together:
                metric.update(ours, true)
            if together:
                found[f"views.{name}"] = float(metric.compute())
        return found
