"""Semi-supervised training: poses of some takes and keypoints of many.

Poses and places that the nets give unlabelled keypoints must fall on those keypoints, and their bones must be as long
as those of the labelled half (Pavllo et al., CVPR 2019, section 4).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dance3d import losses
from dance3d.stages.lift.model import encode
from dance3d.stages.lift.module import LiftModule, inner
from dance3d.stages.lift.semi_data import SemiBatch
from dance3d.stages.lift.semi_model import Trajectory


class SemiModule(LiftModule):
    """Trains a ``Lifter`` and a ``Trajectory`` on labelled and unlabelled chunks side by side; exports the lifter.

    Args:
        warmup: epochs on the labelled half alone.
        trajectory: weight of the root's error per metre of depth, labelled half.
        reprojection: weight of how far unlabelled poses fall from their keypoints, metres at the person's distance.
        bone_means: weight of the difference of both halves' mean bone lengths.
        bone_changes: weight of the change of unlabelled bones within a chunk.
        kwargs: of ``LiftModule``.
    """

    def __init__(
        self,
        warmup: int = 1,
        trajectory: float = 1.0,
        reprojection: float = 1.0,
        bone_means: float = 1.0,
        bone_changes: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.places = Trajectory(self.hparams["width"], tuple(self.hparams["taps"]), self.hparams["dropout"])

    def training_step(self, batch: SemiBatch, batch_idx: int) -> Tensor:  # type: ignore[override]
        """Loss of one batch; both halves go through both nets at once."""
        labelled, unlabelled = batch
        late = self.current_epoch >= self.hparams["warmup"]
        rays = torch.cat([labelled.rays, unlabelled.rays]) if late else labelled.rays
        present = torch.cat([labelled.present, unlabelled.present]) if late else labelled.present
        encoded = encode(rays, present)
        pose, root = self.net(encoded.features), self.places(encoded.features)
        count, receptive = len(labelled.rays), self.net.receptive
        turn = inner(encoded.rotation, receptive)[:count].transpose(-1, -2)
        true = (inner(labelled.xyz, receptive) @ turn).float()
        place = (inner(labelled.root, receptive)[:, :, None] @ turn).float()
        parts = self.parts(pose[:count], true)
        parts["trajectory"] = losses.weighted_distance(root[:count], place).mean()
        if late:
            parts |= self._unlabelled(pose, root, encoded.rotation, rays, present, count)
        return self.weighed(parts)

    def _unlabelled(
        self, pose: Tensor, root: Tensor, rotation: Tensor, rays: Tensor, present: Tensor, count: int
    ) -> dict[str, Tensor]:
        """The terms of the chunks after the first ``count``, which have labels."""
        receptive = self.net.receptive
        there = (pose[count:] + root[count:]) @ inner(rotation[count:], receptive)  # into the camera frame
        seen = inner(present[count:], receptive)
        off = losses.reprojection(there, inner(rays[count:], receptive)) * root[count:, ..., 2].detach()
        return {
            "reprojection": (off * seen).sum() / seen.sum().clamp_min(1),
            "bone_means": losses.bone_means(pose[:count], pose[count:]).mean(),
            "bone_changes": losses.bone_changes(pose[count:]).mean(),
        }
