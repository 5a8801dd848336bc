"""Training on the winners of many seeds, without 3D labels: a net learns what the optimisation finds, and is faster.

The losses are those of HDVR (Hu & Ahuja, ICCV 2021): L_3D is the distance from P*, the best of the seeds of each
unlabelled clip (``optimisation``), which random cameras see anew; L_2D is the re-projection at the root of P*;
L_smooth2D and L_smooth3D are first differences of what is projected and of the pose.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from dance3d import losses
from dance3d.contracts import MotionClip
from dance3d.geometry.precision import in_full_precision
from dance3d.geometry.projection import project
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.predict import lift
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingData, SelfTrainingModule, on_floor
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA


class DistilledData(SelfTrainingData):
    """Batches of unlabelled clips with the best of many seeds as their motion; true poses only serve scores.

    Args:
        seeds: of each clip, HDVR's K.
        kwargs: of ``SelfTrainingData``.
    """

    def __init__(self, seeds: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def prepare_training(self) -> None:
        """Lift every unlabelled clip by seeds.

        Raises:
            ValueError: nobody is seen in any of them.
        """
        seen, count = self.unlabelled_takes(self.train_clips), self.hparams["seeds"]
        found = []
        for number, one in enumerate(seen):
            given = LiftSettings(method="seeds", seeds=count, field_of_view=one.camera.field_of_view)
            xyz = on_floor(lift(None, one.track, given))
            if len(xyz):
                found.append(MotionClip(xyz, 30.0, str(number), str(number), one.genre))
        if not found:
            raise ValueError(f"nobody is seen in any of {len(seen)} clips: seeds have nothing to teach")
        self.train_clips = found
        self.set_takes(found, seen)


class DistilledModule(SelfTrainingModule):
    """Trains a net on a ``DistilledData`` by HDVR's losses; L_3D are ``position`` and ``velocity``.

    Args:
        reprojection: weight of L_2D, metres at the dancer's distance.
        smooth_2d: weight of L_smooth2D, metres a frame at the dancer's distance.
        smooth_3d: weight of L_smooth3D, metres a frame.
        kwargs: of ``LiftModule``.
    """

    def __init__(
        self, reprojection: float = 0.5, smooth_2d: float = 0.02, smooth_3d: float = 0.02, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)

    def training_step(self, batch: LiftBatch, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        encoded = self.net.read(batch.rays, batch.present, PROTOCOL_CAMERA)
        return self.weighted_sum(self.terms(batch, encoded.rotation, self.net(encoded.features).float()))

    @in_full_precision
    def terms(self, batch: LiftBatch, rotation: Tensor, pose: Tensor) -> dict[str, Tensor]:
        """Terms of the loss by name.

        Args:
            batch: with P* as its true motion.
            rotation: (B, T, 3, 3) from the cameras to the virtual ones.
            pose: (B, T', 17, 3) that the net answers, in the virtual cameras' frame.
        """
        inner = self.net.inner
        turn, root, seen = inner(rotation), inner(batch.root)[:, :, None], inner(batch.present)
        parts = self.parts(pose, inner(batch.xyz) @ turn.transpose(-1, -2))
        placed, depth = pose @ turn + root, root[..., 2]
        off = losses.reprojection(placed, inner(batch.rays)) * depth
        parts["reprojection"] = (off * seen).sum() / seen.sum().clamp_min(1)
        if pose.shape[1] > 1:
            parts["smooth_2d"] = (project(placed, 1.0, 0.0).diff(dim=1).norm(dim=-1) * depth[:, 1:]).mean()
            parts["smooth_3d"] = pose.diff(dim=1).norm(dim=-1).mean()
        return parts
