"""Self-training: lifted poses of unlabelled takes are pseudo-labels, and other random cameras see them.

A pose that a net finds from an easy side it must also find from harder sides; and its random errors in one clip do not
repeat in others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from dance3d.contracts import Camera, Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.loaders import scored_loader
from dance3d.datasets.mocap import ANKLE_HEIGHT
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.geometry.precision import exact
from dance3d.io.world_frame import to_world
from dance3d.metrics.exact_metric import ExactMetric
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import Takes
from dance3d.stages.lift.data import LiftData, join_takes
from dance3d.stages.lift.load import Net
from dance3d.stages.lift.module import LiftModule
from dance3d.stages.lift.predict import lift
from dance3d.stages.lift.semi_supervised import recordings
from dance3d.stages.lift.semi_supervised.views import Unlabelled, UnlabelledWindows
from dance3d.stages.lift.semi_supervised.without_truth import PARTS, without_truth
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
        keypoints: folder of keypoints of real recordings (``recordings.read_recordings``): the unlabelled takes. Empty:
            takes of the source are filmed.
        views: cameras per filmed take; which of them saw the same take is never used.
        field_of_view: degrees along the longer side, assumed for unlabelled cameras; None: known of filmed takes, and
            of recordings as assumed everywhere.
        adopted: share of batches' chunks that come from pseudo-labelled takes, once there are some.
        kwargs: of ``LiftData``.
    """

    lasting = False
    seen: Sequence[UnlabelledTake]

    def __init__(
        self,
        keypoints: str = "",
        views: int = 1,
        field_of_view: float | None = None,
        adopted: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if self.hparams["passes"]:
            raise ValueError("data.passes counts only where every take has labels: it cannot be with unlabelled ones")
        if views < 1:
            raise ValueError(f"data.views is {views}, expected at least 1")
        if not 0 < adopted < 1:
            raise ValueError(f"data.adopted is {adopted}, expected a share between 0 and 1")
        self.recorded: list[recordings.Stretch] = []
        self.recorded_val: list[recordings.Stretch] = []

    def setup(self, stage: str | None = None) -> None:
        """Read the recordings, then the takes; see ``LiftData.setup``.

        Raises:
            ValueError: also where no recording is good enough.
        """
        if folder := self.hparams["keypoints"]:
            self.recorded, self.recorded_val = recordings.split(recordings.read_recordings(Path(folder)))
        super().setup(stage)

    def unlabelled_takes(self, clips: Sequence[MotionClip]) -> list[UnlabelledTake]:
        """The recordings that train, where there are some; else takes as they are filmed."""
        return self._of_recordings(self.recorded) if self.recorded else self.film_unlabelled(clips)

    def film_unlabelled(self, clips: Sequence[MotionClip]) -> list[UnlabelledTake]:
        """Film takes with virtual cameras and keep their keypoints only."""
        noise, angle = self.hparams["noise"], self.hparams["field_of_view"]
        filmed = film(clips, NOISE_PX * noise, 1, "random", self.hparams["views"], min(0.9, MISSING * noise))
        kept = [one for one in filmed if one.keypoints.measured[:, _PELVIS].any()]
        return [UnlabelledTake(one.keypoints, _camera(one, angle), one.genre) for one in kept]

    def _of_recordings(self, stretches: Sequence[recordings.Stretch]) -> list[UnlabelledTake]:
        angle = self.hparams["field_of_view"] or ASSUMED_FIELD_OF_VIEW
        kept = [one for one in stretches if one.track.measured[:, _PELVIS].any()]
        return [UnlabelledTake(t, Camera.from_field_of_view(angle, t.size), clip) for t, clip in kept]

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes and recordings that train, validate and test."""
        clips = [{one.clip for one in some} for some in (self.recorded, self.recorded_val, ())]
        alone = self.recorded and self.hparams["source"] == "synth"
        return [own if alone else own | takes for own, takes in zip(clips, super().takes_by_split(), strict=True)]

    def val_dataloader(self) -> list[DataLoader[Any]]:  # type: ignore[override]
        """Unlabelled keypoints, scored without a truth; and where the source is motion capture, its takes with it."""
        held = self._of_recordings(self.recorded_val) or self.film_unlabelled(self.val_clips)
        windows = UnlabelledWindows([t.track for t in held], [t.camera for t in held], self.hparams["context"])
        alone = self.recorded and self.hparams["source"] == "synth"
        return [scored_loader(windows, 1), *([] if alone else [super().val_dataloader()])]

    def set_takes(self, clips: Sequence[MotionClip], seen: Sequence[UnlabelledTake]) -> None:
        """Set the takes with known motion, and those that may get pseudo-labels."""
        self.seen, self.takes = seen, join_takes(clips)
        self.running = self.chunks()

    def add_pseudo_labels(self, net: Net) -> None:
        """Lift the unlabelled takes with a net; from now on they train beside the others, at the rate that is set."""
        training = net.training
        net.eval()
        lifted = [
            on_floor(lift(net, one.track, LiftSettings(field_of_view=one.camera.field_of_view))) for one in self.seen
        ]
        net.train(training)
        clips = [
            MotionClip(xyz, 30.0, str(number), str(number), one.genre)
            for number, (xyz, one) in enumerate(zip(lifted, self.seen, strict=True))
            if len(xyz)
        ]
        if clips:
            self.running.takes = _both(self.takes, join_takes(clips), self.hparams["adopted"])


class MeanErrors(ExactMetric):
    """Mean of each of ``PARTS``, over all batches and processes."""

    total: Tensor
    count: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_sums("total", shape=(len(PARTS),))
        self.add_sums("count")

    def update(self, errors: Mapping[str, Tensor]) -> None:
        """Add the errors of a batch by the names of their parts."""
        self.total = self.total + exact(torch.stack([errors[part] for part in PARTS]))
        self.count = self.count + 1

    def compute(self) -> Tensor:
        """(P,) the means, in the order of ``PARTS``; NaN where there was nothing."""
        mean: Tensor = self.total / self.count
        return mean.float()


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
        self.unlabelled_errors = MeanErrors()

    def on_fit_start(self) -> None:
        """Pseudo-labels before a batch is drawn: restored when training resumes, new where weights need no warm-up."""
        if self.trainer.ckpt_path:
            if self.adopted:
                self._data.add_pseudo_labels(self.teacher)
        elif self.hparams["start"] and self.hparams["every"] and not self.hparams["warmup"]:
            self.update_teacher(self._data)

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Score one batch of keypoints without a truth, or of takes with it.

        Args:
            batch: ``Unlabelled`` or ``LiftBatch``.
            batch_idx: number of the batch.
            dataloader_idx: number of the loader.
        """
        if not isinstance(batch, Unlabelled):
            super().validation_step(batch, batch_idx)
            return
        self.unlabelled_errors.update(without_truth(self.averaged, batch.rays, batch.present))

    def on_validation_epoch_end(self) -> None:
        """Log what was scored: ``val/unlabelled_mm`` and its parts, and with a truth what ``LiftModule`` logs."""
        found = self.unlabelled_errors.compute()
        self.unlabelled_errors.reset()
        self.log_dict({f"val/{part}_mm": value for part, value in zip(PARTS, found, strict=True)})
        self.log("val/unlabelled_mm", found.sum(), prog_bar=True)
        loaders = self.trainer.val_dataloaders
        for loader in loaders if isinstance(loaders, list) else ():
            if hasattr(loader.dataset, "genres"):
                self._log_scores("val", self.val_scores, loader)

    def validation_pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Those of ``LiftModule``; none where there is no truth beside which a pose would be shown."""
        return super().validation_pictures() if hasattr(self, "_shown") else {}

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


def on_floor(pose: Pose3D) -> NDArray[np.float32]:
    """(T, 17, 3) metres, y up, feet on the floor; frames without a pose are dropped."""
    world = to_world(pose)
    xyz: NDArray[np.float32] = world[np.isfinite(world).all((1, 2))].astype(np.float32)
    if len(xyz):
        xyz[..., 1] -= np.percentile(xyz[:, _ANKLES, 1].min(1), 5) - ANKLE_HEIGHT
    return xyz


def _both(one: Takes, other: Takes, share: float) -> Takes:
    """Takes of two kinds; those of the second are drawn at a rate of ``share``."""
    rows = len(one.xyz)
    later = other._replace(first=other.first + rows, last=other.last + rows, weight=other.weight * share)
    earlier = one._replace(weight=one.weight * (1 - share))
    return Takes(*(torch.cat(pair) for pair in zip(earlier, later, strict=True)))
