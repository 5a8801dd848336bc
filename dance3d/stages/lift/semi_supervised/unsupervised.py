"""Training without 3D labels: first on random motion, then on pseudo-labels of the dancers' own keypoints.

HDVR (Hu & Ahuja, ICCV 2021, section 2.2) lifts without labels by optimising many seeds per clip. Such an energy cannot
tell which way a limb points in depth; anatomy mostly can. The net therefore first learns depth from random motion of
bodies with the proportions that the keypoints show. Then it lifts the unlabelled clips and trains on the lifted poses,
seen by other cameras (``self_training``).
"""

from __future__ import annotations

from typing import Any

from dance3d.stages.lift import body_proportions
from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingData, SelfTrainingModule


class UnlabelledData(SelfTrainingData):
    """Batches for a lifter that never sees a true pose in training; true poses of the source only serve its scores.

    Args:
        wandering: see ``LiftData``; ``minutes`` is that of dance per genre.
        kwargs: of ``SelfTrainingData``.
    """

    def __init__(self, wandering: float = 200.0, **kwargs: Any) -> None:
        super().__init__(wandering=wandering, **kwargs)
        if not wandering > 0:
            raise ValueError(f"data.wandering is {wandering} minutes, expected more than 0")

    def prepare_training(self) -> None:
        """Take the recordings, or film every take and drop its motion; random motion in the proportions they show."""
        seen = self.unlabelled_takes(self.train_clips)
        tracks = [one.track for one in seen]
        dances = body_proportions.with_bone_shares(
            synthetic(self.hparams["minutes"]), body_proportions.bone_shares(tracks)
        )
        self.train_clips = [*self.random_motion_clips(tracks), *dances]
        self.set_takes(self.train_clips, seen)


class UnlabelledModule(SelfTrainingModule):
    """Trains a ``Lifter`` on an ``UnlabelledData``.

    Args:
        warmup: epochs of random motion alone.
        every: epochs between two updates of the pseudo-labels; 0: never.
        kwargs: of ``LiftModule``.
    """

    def __init__(self, warmup: int = 20, every: int = 5, **kwargs: Any) -> None:
        super().__init__(warmup=warmup, every=every, **kwargs)
