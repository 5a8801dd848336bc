"""Training data of the detector: folders of crops, mapped into memory, and their batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from dance3d.datasets.crop_folder import Crops
from dance3d.datasets.loaders import ClipView, ClipViews, FixedBatches, RandomBatches, random_loader, scored_loader
from dance3d.skeleton import H36M17
from dance3d.stages.detect.augment import DetectBatch, Invented, Scenes
from dance3d.stages.detect.distance_maps import ensure_distances
from dance3d.stages.detect.fitted_bodies import ensure_fitted
from dance3d.stages.detect.model import net_targets

_OF_MOMENT = ("truth", "fitted", "misfit")  # parts of ``Scenes`` that no view has for itself
SCORED_BATCH = 32
"""Chosen: moments per batch where nothing is trained."""


class MomentDataset:
    """Moments of one folder of crops with their distance maps.

    Args:
        folder: of crops.
        split: moments of this split only; all if empty.
        share: of the clips (takes) to use, in a fixed random order.
        views: most cameras of a moment.
        distances: folder of the distance maps; that of the crops if not given.
    """

    def __init__(
        self, folder: Path, split: str = "", share: float = 1.0, views: int = 4, distances: Path | None = None
    ) -> None:
        self.crops, self.views, self.maps = Crops(folder), views, distances or folder
        self.fitted: NDArray[np.float32] | None = None
        rows = [n for n, line in enumerate(self.crops.moments) if not split or line["split"] == split]
        names = sorted({self.crops.moments[n]["name"] for n in rows})
        order = np.random.default_rng(0).permutation(len(names))
        kept = {names[n] for n in order[: max(1, round(share * len(names)))]}
        self.rows = np.array([n for n in rows if self.crops.moments[n]["name"] in kept], int)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> set[str]:
        """Names of the takes."""
        return {self.crops.moments[n]["name"] for n in self.rows}

    def __getstate__(self) -> dict[str, Any]:
        """State without the distance maps, which every worker maps itself."""
        return {name: value for name, value in self.__dict__.items() if name != "distance"}

    @cached_property
    def distance(self) -> NDArray[np.float32]:
        """(N, S, S) distance maps of all crops of the folder, computed at first use: only training needs them."""
        return ensure_distances(self.maps, self.crops)

    def fit(self, folder: Path) -> None:
        """Fit bodies to the masks of all moments, or read them from the folder that keeps them."""
        _ = self.distance  # before the folder is locked: both may be kept in one
        self.fitted = ensure_fitted(folder, self.crops, self.rows, self.scenes)

    def scenes(self, numbers: Sequence[int] | NDArray[np.integer[Any]], distances: bool = True) -> Scenes:
        """Batch of moments, all with as many views as the one with most.

        Args:
            numbers: numbers of moments among those kept.
            distances: with distance maps; else these are empty.
        """
        lines = [self.crops.moments[self.rows[n]] for n in numbers]
        most_views = min(self.views, max(line["views"] for line in lines))
        crop = np.array([[line["first"] + min(v, line["views"] - 1) for v in range(most_views)] for line in lines])
        valid = np.array([[v < line["views"] for v in range(most_views)] for line in lines])
        size = self.crops.size
        return Scenes(
            torch.from_numpy(self.crops.image[crop]),
            torch.from_numpy(self.crops.mask[crop]),
            torch.from_numpy(np.asarray(self.distance[crop])) if distances else torch.zeros(*valid.shape, 0, 0),
            torch.from_numpy((size / 2 / self.crops.focal[crop]).astype(np.float32)),
            torch.from_numpy(self.crops.extrinsics[crop].astype(np.float32)),
            torch.from_numpy(valid),
            torch.from_numpy(self.crops.truth[[self.rows[n] for n in numbers]].astype(np.float32)),
            *self._fits(numbers),
        )

    def _fits(self, numbers: Sequence[int] | NDArray[np.integer[Any]]) -> tuple[Tensor, Tensor]:
        joints = len(H36M17.joints)
        if self.fitted is None:
            return torch.zeros(len(numbers), joints, 3), torch.full((len(numbers),), torch.inf)
        rows = torch.from_numpy(self.fitted[[self.rows[n] for n in numbers]])
        return rows[:, :-1].view(-1, joints, 3), rows[:, -1]


class InventedBodies:
    """Crops of invented bodies with their joints as targets of the net; empty without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.crops = None if folder is None else Crops(folder)
        if self.crops is None:
            return
        moment = np.concatenate([np.full(line["views"], n) for n, line in enumerate(self.crops.moments)])
        world = torch.from_numpy(self.crops.truth[moment])
        if not torch.isfinite(world).all():
            raise ValueError(f"{folder} has crops whose joints are not known; data.invented needs invented bodies")
        half = torch.from_numpy(self.crops.size / 2 / np.asarray(self.crops.focal))
        self.joints = net_targets(world, torch.from_numpy(np.array(self.crops.extrinsics)), half).float()

    def random(self, count: int, generator: torch.Generator, size: int) -> Invented:
        """Random bodies.

        Args:
            count: number of bodies.
            generator: of the random numbers.
            size: pixels of the empty pictures where there is no folder.
        """
        if self.crops is None:
            nothing = torch.zeros(0, size, size, dtype=torch.uint8)
            return Invented(nothing[..., None].expand(-1, -1, -1, 3), nothing, torch.zeros(0, len(H36M17.joints), 3))
        numbers = torch.randint(len(self.joints), (count,), generator=generator)
        rows = numbers.numpy()
        return Invented(
            torch.from_numpy(self.crops.image[rows]), torch.from_numpy(self.crops.mask[rows]), self.joints[numbers]
        )


def random_batch(
    moments: MomentDataset, bodies: InventedBodies, count: int, invented: int, generator: torch.Generator
) -> DetectBatch:
    """A batch of random moments and random invented bodies.

    Args:
        moments: of several views.
        bodies: invented ones.
        count: moments in the batch.
        invented: bodies in the batch, if there are any.
        generator: of the random numbers.
    """
    numbers = torch.randint(len(moments), (count,), generator=generator).numpy()
    return DetectBatch(moments.scenes(numbers), bodies.random(invented, generator, moments.crops.size))


def fixed_batches(moments: MomentDataset) -> FixedBatches[Scenes]:
    """All moments in order, without distance maps."""
    return FixedBatches(partial(moments.scenes, distances=False), np.arange(len(moments)), SCORED_BATCH)


def clip_views(moments: MomentDataset) -> ClipViews[Scenes, tuple[str, int]]:
    """Every view of every clip: as many items as clips have views, each with one view of its moments."""

    def crops() -> Iterator[tuple[tuple[str, int], int, int]]:
        for number, row in enumerate(moments.rows):
            line = moments.crops.moments[row]
            for view in range(min(moments.views, line["views"])):
                yield (line["name"], view), int(line["frame"]), number

    return ClipViews(crops(), partial(_one_view, moments))


def _one_view(moments: MomentDataset, clip_and_view: tuple[str, int], numbers: Sequence[int]) -> Scenes:
    view, scenes = clip_and_view[1], moments.scenes(numbers, distances=False)
    return scenes._replace(
        **{name: part[:, view : view + 1] for name, part in scenes._asdict().items() if name not in _OF_MOMENT}
    )


class DetectData(L.LightningDataModule):
    """Batches for the detector.

    Args:
        crops: folder of crops of calibrated pictures (``dance3d crops``, ``dance3d synth --crops``).
        invented: folder of crops of invented bodies, for the start of the training; none if empty.
        moments: of several views per batch.
        bodies: invented crops per batch.
        views: most cameras of a moment.
        share: of the training clips that are used.
        steps: batches per epoch.
        workers: processes that make batches; none: chosen by the machine (``datasets.loaders``).
        distances: folder of the crops' distance maps, which are made where they lack; that of the crops if empty.
        fitted: fits bodies to the masks before the training (``body_fit``), for the loss of that name; they are kept
            beside the crops, or in the run's folder where ``distances`` is given.
    """

    def __init__(
        self,
        crops: str,
        invented: str = "",
        moments: int = 8,
        bodies: int = 32,
        views: int = 4,
        share: float = 1.0,
        steps: int = 250,
        workers: int | None = None,
        distances: str = "",
        fitted: bool = False,
    ) -> None:
        super().__init__()
        if not 0 < share <= 1:
            raise ValueError(f"data.share is {share}, expected more than 0 and at most 1")
        if moments < 1 or bodies < 0 or views < 1:
            raise ValueError(f"data.moments {moments}, bodies {bodies}, views {views}: expected 1, 0 and 1 or more")
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """Map the folders, and compute missing distance maps."""
        settings = self.hparams
        folder = Path(settings["crops"])
        maps = Path(settings["distances"]) if settings["distances"] else None
        self.training = MomentDataset(folder, "train", settings["share"], settings["views"], maps)
        self.val, self.test = (MomentDataset(folder, split, views=settings["views"]) for split in ("val", "test"))
        if not len(self.training):
            raise ValueError(f"data.crops {folder} holds no moment of split train")
        net = getattr(getattr(self.trainer, "lightning_module", None), "net", None)
        if net is not None and net.config["size"] != self.training.crops.size:
            raise ValueError(
                f"data.crops has crops of {self.training.crops.size} pixels, model.size is {net.config['size']}"
            )
        if stage in (None, "fit"):
            _ = self.training.distance  # now rather than with the first batch
            if settings["fitted"]:
                self.training.fit(Path(self.trainer.default_root_dir) if maps and self.trainer else folder)
        self.bodies = InventedBodies(Path(settings["invented"]) if settings["invented"] else None)
        if self.bodies.crops is not None and self.bodies.crops.size != self.training.crops.size:
            raise ValueError(
                f"data.invented has crops of {self.bodies.crops.size} pixels, data.crops of {self.training.crops.size}"
            )

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test."""
        return [side.names for side in (self.training, self.val, self.test)]

    def train_dataloader(self) -> DataLoader[DetectBatch]:
        """Random training batches."""
        settings = self.hparams
        make = partial(random_batch, self.training, self.bodies, settings["moments"], settings["bodies"])
        return random_loader(RandomBatches(make), settings["steps"], settings["workers"])

    def val_dataloader(self) -> DataLoader[Scenes]:
        """The fixed validation moments; training moments if the folder has none."""
        return scored_loader(fixed_batches(self.val if len(self.val) else self.training))

    def test_dataloader(self) -> DataLoader[Scenes]:
        """The fixed test moments: held-out takes and cameras."""
        return scored_loader(fixed_batches(self._scored()))

    def predict_dataloader(self) -> DataLoader[ClipView[Scenes]]:
        """The moments that ``test_dataloader`` scores, one view of one clip at a time."""
        return DataLoader(clip_views(self._scored()), batch_size=None)

    def predicted_takes(self) -> list[str]:
        """The clip and view of each item of ``predict_dataloader``."""
        return [f"{clip}-view{view}" for (clip, view), _ in clip_views(self._scored()).views]

    def _scored(self) -> MomentDataset:
        return next(m for m in (self.test, self.val, self.training) if len(m))
