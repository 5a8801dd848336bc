"""Self-training: lifted poses of unlabelled takes are pseudo-labels, and other random cameras see them.

A pose that a net finds from an easy side it must also find from harder sides; and its random errors in one clip do not
repeat in others.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import ANKLE_HEIGHT
from dance3d.skeleton import H36M17
from dance3d.stages.lift.data import LiftData, Takes, join_takes
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.predict import lift
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import Filmed, film

NOISE_PX, MISSING = 6.0, 0.05
"""Chosen, degradation of unlabelled keypoints at ``noise=1``: noise up to so many pixels, and the share lost."""
_PELVIS = H36M17.index("pelvis")
_ANKLES = H36M17.indices("left_ankle", "right_ankle")


class UnlabelledTake(NamedTuple):
    """A take as one camera saw it: keypoints, camera and genre, without poses."""

    track: Keypoints2D
    camera: Camera
    genre: str


class SelfTrainingData(LiftData):
    """Batches of takes with true motion, and later also of takes with pseudo-labels.

    Args:
        views: cameras per unlabelled take; which of them saw the same take is never used.
        field_of_view: degrees along the longer side, assumed for unlabelled cameras; None: known.
        adopted: share of batches' chunks that come from pseudo-labelled takes, once there are some.
        kwargs: of ``LiftData``.
    """

    lasting = False

    def __init__(self, views: int = 1, field_of_view: float | None = None, adopted: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if views < 1:
            raise ValueError(f"data.views is {views}, expected at least 1")
        if not 0 < adopted < 1:
            raise ValueError(f"data.adopted is {adopted}, expected a share between 0 and 1")

    def film_unlabelled(self, clips: Sequence[MotionClip]) -> list[UnlabelledTake]:
        """Film takes with virtual cameras and keep their keypoints only."""
        noise, angle = self.hparams["noise"], self.hparams["field_of_view"]
        filmed = film(clips, NOISE_PX * noise, 1, "random", self.hparams["views"], min(0.9, MISSING * noise))
        kept = [one for one in filmed if one.keypoints.measured[:, _PELVIS].any()]
        return [UnlabelledTake(one.keypoints, _camera(one, angle), one.genre) for one in kept]

    def set_takes(self, clips: Sequence[MotionClip], seen: Sequence[UnlabelledTake]) -> None:
        """Set the takes with known motion, and those that may get pseudo-labels."""
        self.seen, self.takes = seen, join_takes(clips)
        self.running = self.chunks()

    def add_pseudo_labels(self, net: Net) -> None:
        """Lift the unlabelled takes with a net; from now on they train beside the others, at the rate that is set."""
        training = net.training
        net.eval()
        lifted = [
            _world(lift(net, one.track, LiftSettings(field_of_view=one.camera.field_of_view))) for one in self.seen
        ]
        net.train(training)
        clips = [
            MotionClip(xyz, 30.0, str(number), str(number), one.genre)
            for number, (xyz, one) in enumerate(zip(lifted, self.seen, strict=True))
            if len(xyz)
        ]
        if clips:
            self.running.takes = _both(self.takes, join_takes(clips), self.hparams["adopted"])


class SelfTrainingModule(LiftModule):
    """Trains a ``Lifter``, and regularly updates the pseudo-labels of a ``SelfTrainingData``.

    Args:
        warmup: epochs before any unlabelled keypoint is used.
        every: epochs between two updates of the pseudo-labels, the first after ``warmup``; 0: never.
        kwargs: of ``LiftModule``.
    """

    adopted: Tensor

    def __init__(self, warmup: int = 1, every: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.teacher: Net = deepcopy(self.net).requires_grad_(False)
        self.register_buffer("adopted", torch.zeros((), dtype=torch.bool))

    def on_fit_start(self) -> None:
        """When training resumes, restore the pseudo-labels before a batch is drawn."""
        if self.adopted and self.trainer.ckpt_path:
            self._data.add_pseudo_labels(self.teacher)

    def on_train_epoch_end(self) -> None:
        """Update the pseudo-labels where it is time, before the checkpoint of this epoch is written."""
        done = self.current_epoch + 1 - self.hparams["warmup"]
        if self.hparams["every"] and done >= 0 and done % self.hparams["every"] == 0:
            self.update_teacher(self._data)

    def update_teacher(self, data: SelfTrainingData) -> None:
        """Copy the averaged net to the teacher, which lifts the unlabelled takes."""
        self.teacher.load_state_dict(self.averaged.state_dict())
        self.adopted.fill_(True)
        data.add_pseudo_labels(self.teacher)

    @property
    def _data(self) -> SelfTrainingData:
        data = self.trainer.datamodule  # type: ignore[attr-defined]
        assert isinstance(data, SelfTrainingData)
        return data


def _camera(one: Filmed, angle: float | None) -> Camera:
    assert one.truth.camera is not None
    return Camera.from_field_of_view(angle, one.keypoints.size) if angle else one.truth.camera


def _world(pose: Pose3D) -> NDArray[np.float32]:
    """(T, 17, 3) metres, y up, feet on the floor, for a level camera; frames without a pose are dropped."""
    assert pose.root is not None
    xyz = (pose.xyz + pose.root[:, None]) * np.array([1.0, -1.0, -1.0])
    xyz = np.asarray(xyz[np.isfinite(xyz).all((1, 2))], np.float32)
    if len(xyz):
        xyz[..., 1] -= np.percentile(xyz[:, _ANKLES, 1].min(1), 5) - ANKLE_HEIGHT
    return xyz


def _both(one: Takes, other: Takes, share: float) -> Takes:
    """Takes of two kinds; those of the second are drawn at a rate of ``share``."""
    rows = len(one.xyz)
    later = other._replace(first=other.first + rows, last=other.last + rows, weight=other.weight * share)
    earlier = one._replace(weight=one.weight * (1 - share))
    return Takes(*(torch.cat(pair) for pair in zip(earlier, later, strict=True)))
