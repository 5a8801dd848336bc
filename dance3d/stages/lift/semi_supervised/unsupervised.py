"""Learning to lift with no 3D label: first from bodies that could be anybody's, then from dancers' own keypoints.

HDVR (Hu & Ahuja, ICCV 2021, section 2.2) lifts without labels by optimising many seeds per clip. Which way a limb
points in depth is what such an energy cannot tell; anatomy mostly can. So the net first learns depth from invented
motion, in the proportions that the keypoints show. Then it lifts the unlabelled clips and trains on what it made of
them, seen by other cameras (``adoption``).
"""

from __future__ import annotations

from typing import Any

from dance3d.stages.lift import body_proportions
from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.semi_supervised.self_training import SelfTrainingData, SelfTrainingModule


class UnlabelledData(SelfTrainingData):
    """Batches for a lifter that is never told a true pose; those of the source are for its scores only.

    Args:
        wandering: see ``LiftData``; ``minutes`` is that of dance per genre.
        kwargs: of ``SelfTrainingData``.
    """

    def __init__(self, wandering: float = 200.0, **kwargs: Any) -> None:
        super().__init__(wandering=wandering, **kwargs)
        if not wandering > 0:
            raise ValueError(f"data.wandering is {wandering} minutes, expected more than 0")

    def prepare_training(self) -> None:
        """Film every take and forget its motion; invent motion in the proportions that the keypoints show."""
        seen = self.film_unlabelled(self.train_clips)
        tracks = [one.track for one in seen]
        dances = body_proportions.with_bone_shares(
            synthetic(self.hparams["minutes"]), body_proportions.bone_shares(tracks)
        )
        self.train_clips = [*self.random_motion_clips(tracks), *dances]
        self.set_takes(self.train_clips, seen)


class UnlabelledModule(SelfTrainingModule):
    """Trains a ``Lifter`` on an ``UnlabelledData``.

    Args:
        warmup: epochs of invented motion alone.
        every: epochs from one adoption of the unlabelled takes to the next; 0: never.
        kwargs: of ``LiftModule``.
    """

    def __init__(self, warmup: int = 20, every: int = 5, **kwargs: Any) -> None:
        super().__init__(warmup=warmup, every=every, **kwargs)
