"""Semi-supervised training: true motion of some takes and keypoints of many.

Two losses need keypoints only. After Pavllo et al., CVPR 2019, section 4: predicted pose and root must project onto the
keypoints, and the bones must be as long as those of the labelled half. Self-training: the lifted pose of an unlabelled
take serves as true motion that other random cameras see.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dance3d import losses
from dance3d.geometry.precision import in_full_precision
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.semi_supervised.data import SemiBatch
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingModule
from dance3d.stages.lift.semi_supervised.trajectory_model import Trajectory
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


class SemiModule(SelfTrainingModule):
    """Trains a ``Lifter`` and a ``Trajectory`` on labelled and unlabelled chunks; exports the lifter.

    Args:
        trajectory: weight of the root's error per metre of depth, labelled half; 0: no trajectory net.
        reprojection: weight of the distance of projected unlabelled poses from their keypoints, metres at the person's
            distance.
        bone_means: weight of the difference between both halves' mean bone lengths.
        kwargs: of ``SelfTrainingModule``.

    Raises:
        ValueError: re-projection without a trajectory, or another net than the lifter.
    """

    def __init__(
        self,
        trajectory: float = 1.0,
        reprojection: float = 1.0,
        bone_means: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if reprojection and not trajectory:
            raise ValueError(f"model.reprojection {reprojection} needs a trajectory; set model.trajectory above 0")
        if not isinstance(self.net, Lifter):
            raise ValueError(f"model.net {self.hparams['net']!r} has no trajectory beside it; choose from lifter")
        self.places = Trajectory(**self.net.config).requires_grad_(trajectory > 0)

    def training_step(self, batch: SemiBatch, batch_idx: int) -> Tensor:  # type: ignore[override]
        """Loss of one batch; both halves pass through both nets at once."""
        labelled, unlabelled = batch
        given = self.hparams
        late = self.current_epoch >= given["warmup"] and (given["reprojection"] or given["bone_means"])
        rays = torch.cat([labelled.rays, unlabelled.rays]) if late else labelled.rays
        present = torch.cat([labelled.present, unlabelled.present]) if late else labelled.present
        encoded = self.net.read(rays, present, PROTOCOL_CAMERA)
        pose, root = self.net(encoded.features), self.places(encoded.features) if given["trajectory"] else None
        return self.weighted_sum(self._terms(batch, encoded.rotation, pose, root, late))

    @in_full_precision
    def _terms(
        self, batch: SemiBatch, rotation: Tensor, pose: Tensor, root: Tensor | None, late: bool
    ) -> dict[str, Tensor]:
        """Terms of the loss by name.

        Args:
            batch: of both halves.
            rotation: (B, T, 3, 3) from the cameras to the virtual ones; like what follows of the labelled half alone
                before ``late``.
            pose: (B, T', 17, 3) that the net answers.
            root: (B, T', 1, 3) likewise; none without a trajectory net.
            late: whether the unlabelled half counts.
        """
        labelled, unlabelled = batch
        count, inner = len(labelled.rays), self.net.inner
        turn = inner(rotation)  # the camera's frame into the virtual one's
        back = turn[:count].transpose(-1, -2)
        parts = self.parts(pose[:count], inner(labelled.xyz) @ back)
        if late:
            parts["bone_means"] = losses.bone_means(pose[:count], pose[count:]).mean()
        if root is not None:
            true = inner(labelled.root)[:, :, None] @ back
            parts["trajectory"] = losses.weighted_distance(root[:count], true).mean()
            if late:
                off = losses.reprojection((pose + root)[count:] @ turn[count:], inner(unlabelled.rays))
                metres, seen = off * root[count:, ..., 2].detach(), inner(unlabelled.present)
                parts["reprojection"] = (metres * seen).sum() / seen.sum().clamp_min(1)
        return parts
