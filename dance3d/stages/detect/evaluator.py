"""A detector's answers on fixed moments, and what they are worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dance3d.masks import lines, skeleton_mask
from dance3d.metrics import MPJPE, PMPJPE
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import Scenes
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.inference import read
from dance3d.stages.detect.model import HourglassNet, answers, pose
from dance3d.stages.detect.multiview_consensus import Agreed, agree, body, bones
from dance3d.stages.detect.score_tables import scores

DRAWN = 0.2
"""Of a drawn mask: more than this is the body; limbs are then as thick as an average body's."""
MEASURED = 200
"""Moments that tell how long the bones are."""
_PELVIS = H36M17.index("pelvis")


class Answers(NamedTuple):
    """What a detector says of N moments of V views.

    Attributes:
        xyz: (N, V, 17, 3) as in ``model.PosePrediction``, of every view alone.
        spread: (N, V, 17) likewise.
        agreed: what the views say together.
    """

    xyz: Tensor
    spread: Tensor
    agreed: Agreed


def seen(net: HourglassNet, scenes: Scenes) -> Answers:
    """Run a detector on moments."""
    found = read(net, scenes.image.flatten(0, 1).cpu().numpy(), scenes.mask.flatten(0, 1).cpu().numpy().astype(bool))
    views = scenes.half.shape
    xyz = found.xyz.float().view(*views, -1, 3).to(scenes.half.device)
    spread = found.spread.float().view(*views, -1).to(scenes.half.device)
    return Answers(xyz, spread, agree(xyz, spread, scenes.half, scenes.extrinsics, scenes.there))


def body_length(net: HourglassNet, moments: MomentDataset) -> float | None:
    """Metres of a median body's bones, as the net shows them (``consensus.body``); none without calibrated views."""
    which = np.unique(np.linspace(0, len(moments) - 1, min(MEASURED, len(moments))).astype(int))
    found = []
    for part in np.array_split(which, max(1, len(which) // 32)):
        scenes = moments.scenes(part, distances=False)
        said = seen(net, scenes)
        found.append(body(said.xyz, said.agreed, scenes.half, scenes.extrinsics, scenes.there))
    every = torch.cat(found)
    return float(every.median()) if len(every) else None


def scaled(xyz: Tensor, half: Tensor, length: float) -> Tensor:
    """Answers (..., 17, 3) to metres around the pelvis in the crop's camera, all bones together ``length`` long."""
    shape = pose(xyz, half)
    return shape * (length / bones(shape).clamp_min(1e-6))[..., None, None]


def drawn(xyz: Tensor, size: int) -> Tensor:
    """(..., 17, 3) answers to (..., S, S), true on the body that ``masks.skeleton_mask`` draws from them."""
    return skeleton_mask(xyz[..., :2], size, lines()) > DRAWN


class Scores:
    """Strict figures over many batches of moments whose truth is known."""

    def __init__(self) -> None:
        self.alone: list[tuple[Tensor, ...]] = []
        self.together: list[tuple[Tensor, Tensor]] = []

    def add(self, scenes: Scenes, said: Answers, length: float) -> None:
        """Take in a batch.

        Args:
            scenes: the moments.
            said: of them.
            length: metres that all bones of a body are taken to have together (``body_length``).
        """
        metres = scaled(said.xyz, scenes.half, length)
        local = scenes.truth[:, None] @ scenes.extrinsics[..., :3].transpose(-1, -2)
        true = local - local[..., _PELVIS, None, :]
        flat = answers(scenes.truth[:, None], scenes.extrinsics, scenes.half)[..., :2]
        for n, there in enumerate(scenes.there):
            if torch.isfinite(scenes.truth[n]).all():
                rows = (metres[n][there], true[n][there], said.xyz[n][there][..., :2], flat[n][there])
                self.alone.append(tuple(row.cpu() for row in rows))
                if said.agreed.sure[n].all():
                    world = said.agreed.world[n]
                    pair = world - world[_PELVIS], scenes.truth[n] - scenes.truth[n, _PELVIS]
                    self.together.append((pair[0].cpu()[None, None], pair[1].cpu()[None, None]))

    def compute(self) -> dict[str, float]:
        """``tables.scores`` of every view alone, and ``views.mpjpe``, ``views.p_mpjpe`` of all views triangulated.

        Empty where no truth was known.
        """
        if not self.alone:
            return {}
        found = scores(*(list(column) for column in zip(*self.alone, strict=True)))
        for name, metric in (("mpjpe", MPJPE()), ("p_mpjpe", PMPJPE())):
            for ours, true in self.together:
                metric.update(ours, true)
            if self.together:
                found[f"views.{name}"] = float(metric.compute())
        return found
