"""Semi-supervised training: true motion of some takes and keypoints of many.

Two ways to learn from keypoints without poses. After Pavllo et al., CVPR 2019, section 4: the pose and the place that
two nets give them must fall on the keypoints, and the bones must be as long as those of the labelled half. And from the
net's own answers: what it makes of an unlabelled take is motion as well, which other cameras, drawn at random, see in
another way; the net trains on it as on true motion.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from dance3d import losses
from dance3d.stages.lift.model import Lifter, encode
from dance3d.stages.lift.module import LiftModule, inner
from dance3d.stages.lift.semi_data import SemiBatch, SemiData
from dance3d.stages.lift.semi_model import Trajectory


class SemiModule(LiftModule):
    """Trains a ``Lifter`` and a ``Trajectory`` on labelled and unlabelled chunks; exports the lifter.

    Args:
        warmup: epochs before any unlabelled keypoint is looked at.
        every: epochs from one adoption of the unlabelled takes to the next, the first after ``warmup``; 0: never.
        trajectory: weight of the root's error per metre of depth, labelled half; 0: no trajectory.
        reprojection: weight of how far unlabelled poses fall from their keypoints, metres at the person's distance.
        bone_means: weight of the difference of both halves' mean bone lengths.
        kwargs: of ``LiftModule``.

    Raises:
        ValueError: re-projection without a trajectory.
    """

    adopted: Tensor

    def __init__(
        self,
        warmup: int = 1,
        every: int = 0,
        trajectory: float = 1.0,
        reprojection: float = 1.0,
        bone_means: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if reprojection and not trajectory:
            raise ValueError(f"model.reprojection {reprojection} needs a trajectory; set model.trajectory above 0")
        self.places = Trajectory(self.hparams["width"], tuple(self.hparams["taps"]), self.hparams["dropout"])
        self.teacher: Lifter = deepcopy(self.net).requires_grad_(False)
        self.register_buffer("adopted", torch.zeros((), dtype=torch.bool))

    def training_step(self, batch: SemiBatch, batch_idx: int) -> Tensor:  # type: ignore[override]
        """Loss of one batch; both halves go through both nets at once."""
        labelled, unlabelled = batch
        given = self.hparams
        late = self.current_epoch >= given["warmup"] and (given["reprojection"] or given["bone_means"])
        rays = torch.cat([labelled.rays, unlabelled.rays]) if late else labelled.rays
        present = torch.cat([labelled.present, unlabelled.present]) if late else labelled.present
        encoded = encode(rays, present)
        pose, count, receptive = self.net(encoded.features), len(labelled.rays), self.net.receptive
        turn = inner(encoded.rotation, receptive)  # the camera's frame into the virtual one's
        back = turn[:count].transpose(-1, -2)
        parts = self.parts(pose[:count], (inner(labelled.xyz, receptive) @ back).float())
        if late:
            parts["bone_means"] = losses.bone_means(pose[:count], pose[count:]).mean()
        if given["trajectory"]:
            root = self.places(encoded.features)
            true = (inner(labelled.root, receptive)[:, :, None] @ back).float()
            parts["trajectory"] = losses.weighted_distance(root[:count], true).mean()
            if late:
                off = losses.reprojection((pose + root)[count:] @ turn[count:], inner(unlabelled.rays, receptive))
                seen = inner(unlabelled.present, receptive)
                metres = off * root[count:, ..., 2].detach()
                parts["reprojection"] = (metres * seen).sum() / seen.sum().clamp_min(1)
        return self.weighed(parts)

    def on_fit_start(self) -> None:
        """Where training goes on: what was adopted before is adopted again, before a batch is drawn."""
        if self.adopted and self.trainer.ckpt_path:
            self._data.adopt(self.teacher)

    def on_train_epoch_end(self) -> None:
        """Adopt where it is time, before the checkpoint of this epoch is written."""
        done = self.current_epoch + 1 - self.hparams["warmup"]
        if self.hparams["every"] and done >= 0 and done % self.hparams["every"] == 0:
            self.teach(self._data)

    def teach(self, data: SemiData) -> None:
        """Let unlabelled takes train as the averaged net lifts them now."""
        self.teacher.load_state_dict(self.averaged.state_dict())
        self.adopted.fill_(True)
        data.adopt(self.teacher)

    @property
    def _data(self) -> SemiData:
        data = self.trainer.datamodule  # type: ignore[attr-defined]
        assert isinstance(data, SemiData)
        return data
