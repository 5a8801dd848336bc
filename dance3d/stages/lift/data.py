"""Training data of the lifter: motion capture or the synthetic dancer, filmed by random virtual cameras.

Every batch is new: chunks of takes are gathered from one tensor in memory and augmented in body, pose, speed, camera
and keypoint quality, all at once in torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.contracts import Keypoints2D, MotionClip, Tracks
from dance3d.datasets import splits
from dance3d.datasets.device_batches import DeviceBatches, Resident, SeededBatches, generator_on
from dance3d.datasets.folds import fold_apart
from dance3d.datasets.loaders import scored_loader, workers
from dance3d.datasets.mocap import load_motion
from dance3d.datasets.movement_labels import Label, by_clip
from dance3d.datasets.movement_labels import read as read_labels
from dance3d.metrics import unit_epochs
from dance3d.stages.lift import action_takes, body_proportions
from dance3d.stages.lift.augment import Augment, LiftBatch, Takes, make_batch
from dance3d.stages.lift.passes import TakePass, WindowNumbers, drawn
from dance3d.stages.lift.straight_legs import straightest
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, Filmed, film

LEAST_SCORED = 16
"""Least frames of the chunks that are scored, chosen: velocities need several."""
VAL_GROUPS = ("salsa_05", "martial_06", "indian_08", "02")


def join_takes(clips: Sequence[MotionClip]) -> Takes:
    """Lay takes end to end; a genre's share grows with the square root of its length, so that no genre dominates."""
    spans = end_to_end([len(c.xyz) for c in clips], [c.genre for c in clips])
    return Takes(torch.from_numpy(np.concatenate([c.xyz for c in clips])), *spans, straightest(clips))


def end_to_end(frames: Sequence[int], genres: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    """First row, last row and weight (C,) of takes laid end to end; see ``join_takes``."""
    lengths, names = np.array(frames), np.array(genres)
    per_genre = {genre: lengths[names == genre].sum() for genre in set(genres)}
    weight = np.array([n / np.sqrt(per_genre[g]) for n, g in zip(lengths, genres, strict=True)])
    last = torch.from_numpy(np.cumsum(lengths) - 1)
    return last - torch.from_numpy(lengths) + 1, last, torch.from_numpy(weight / weight.sum())


class Chunks(SeededBatches[LiftBatch]):
    """Random batches, each made from its seed; an epoch has ``steps`` of them."""

    def __init__(self, takes: Takes, augment: Augment, batch: int, frames: int, steps: int) -> None:
        self.takes, self.augment = takes, augment
        self.batch, self.frames, self.steps = batch, frames, steps
        self._resident = Resident[Takes]()

    def on(self, seed: int, device: torch.device) -> LiftBatch:
        """The batch of a seed, on a device."""
        takes = self._resident(self.takes, device)
        return make_batch(takes, self.augment, self.batch, self.frames, generator_on(device, seed))

    def __len__(self) -> int:
        return self.steps


class FilmedWindows(Dataset[LiftBatch]):
    """Filmed takes cut into windows that overlap by the context only; edges are repeated.

    Attributes:
        genres: names of the takes' genres, as the batches number them.
    """

    def __init__(self, filmed: Sequence[Filmed], chunk: int, context: int) -> None:
        self.filmed = filmed
        self.genres = sorted({one.genre for one in filmed})
        self.rows = [
            (number, np.arange(start - context // 2, start + chunk + context // 2))
            for number, one in enumerate(filmed)
            for start in range(0, max(1, one.keypoints.frames - chunk + 1), chunk)
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> LiftBatch:
        number, rows = self.rows[index]
        keypoints, truth = self.filmed[number].keypoints, self.filmed[number].truth
        assert truth.camera is not None and truth.root is not None
        rows = rows.clip(0, keypoints.frames - 1)
        rays = (keypoints.xy[rows] - np.array(truth.camera.centre)) / truth.camera.focal
        genre = np.array(self.genres.index(self.filmed[number].genre))
        arrays = (rays.astype(np.float32), keypoints.measured[rows], truth.xyz[rows], truth.root[rows], genre)
        return LiftBatch(*map(torch.from_numpy, arrays))


class LiftData(DeviceBatches):
    """Batches for the lifter.

    Args:
        source: ``synth``, or a folder as ``datasets.mocap`` reads it. Takes held out for testing never train.
        batch: chunks per batch.
        chunk: frames per chunk that the net answers for.
        context: frames around a chunk that the net needs: its receptive field less one.
        steps: batches per epoch.
        val_groups: groups of takes for validation, where the data set does not name its own (``datasets.splits``); the
            last group where it has none of these.
        train_on_val: also train on them, for shipped weights; the validation score then flatters.
        noise: strength of keypoint noise, losses and detector bias, 1 as shipped, 0 none.
        bodies: strength of the changes of body and pose, 1 as shipped, 0 none.
        white: standard deviation of white noise on every keypoint besides, pixels of the dance-lift protocol's camera.
        minutes: of synthetic dance per genre, for ``synth``.
        wandering: minutes of motion without style besides, in the proportions of the takes (``bodies``).
        only: genres to train and to validate on, or movement types, of which the stretches count in which they are
            made; all takes if empty.
        labels: CSV of when movements happen, for ``only``.
        passes: an epoch is a pass over the takes, every window once as it is and once mirrored, at its own speed
            (``passes``); ``steps`` does not count then.
        unit_epochs: with ``only`` and ``passes``, an epoch passes over the takes of these actions as often as the
            takes of all actions hold their frames (Bai 2021, equations 1 to 3).
        folds: parts of the takes, of which ``fold`` is kept apart as if for testing (``datasets.folds``); 0: none.
        fold: number of that part, from 0.
        workers: processes that make batches on the CPU; none or 0: they are made where the net trains.
    """

    lasting = True
    """Whether an epoch draws from the same takes as the one before."""

    def __init__(
        self,
        source: str = "synth",
        batch: int = 96,
        chunk: int = 16,
        context: int = 26,
        steps: int = 250,
        val_groups: tuple[str, ...] = VAL_GROUPS,
        train_on_val: bool = False,
        noise: float = 1.0,
        bodies: float = 1.0,
        white: float = 0.0,
        minutes: float = 2.0,
        wandering: float = 0.0,
        only: tuple[str, ...] = (),
        labels: str = "",
        passes: bool = False,
        unit_epochs: bool = False,
        folds: int = 0,
        fold: int = 0,
        workers: int | None = None,
    ) -> None:
        super().__init__()
        if not wandering >= 0:
            raise ValueError(f"data.wandering is {wandering} minutes, expected 0 or more")
        if not 0 <= fold < max(folds, 1):
            raise ValueError(f"data.fold is {fold} of {folds} folds, expected 0 to {max(folds - 1, 0)}")
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """Load every take, and film those for validation and test.

        Raises:
            ValueError: the source cannot be read, or has no take to train or to validate on.
        """
        arguments = self.hparams
        clips = (
            synthetic(arguments["minutes"])
            if arguments["source"] == "synth"
            else load_motion(Path(arguments["source"]))
        )
        if arguments["folds"]:  # before takes for validation are chosen, so that there are some
            clips = fold_apart(clips, arguments["folds"], arguments["fold"])
        split = self._splits(clips)
        splits.require_train_and_val(split, f"data.source {arguments['source']!r}")
        self.train_clips, self.val_clips, self.test_clips = (
            [clip for clip in clips if split[clip.name] == name] for name in splits.SPLITS
        )
        only, labels = arguments["only"], self._labels()
        both = [clip for clip in clips if split[clip.name] != "test"]
        train = both if arguments["train_on_val"] else self.train_clips
        self.train_clips = action_takes.of_actions(train, only, labels)
        own, every = (sum(len(clip.xyz) for clip in clips) for clips in (self.train_clips, train))
        self.times = unit_epochs({"own": own, "others": every - own}, "own") if arguments["unit_epochs"] else 1
        self.val_clips = action_takes.parts(self.val_clips, only, by_clip(labels)) or self.val_clips
        sides = (self.train_clips, self.val_clips, self.test_clips)
        self.split = [{action_takes.take_of(clip.name) for clip in clips} for clips in sides]
        self.prepare_training()

    def _labels(self) -> tuple[Label, ...]:
        """When movements happen, where training asks for some.

        Raises:
            ValueError: nobody says when, or the file is none.
        """
        path, moves = self.hparams["labels"], action_takes.movements_of(self.hparams["only"])
        if moves and not path:
            raise ValueError(
                f"data.only names {moves[0]}: say in data.labels when it happens (dance3d movements label)"
            )
        return read_labels(path) if moves else ()

    def _splits(self, clips: Sequence[MotionClip]) -> dict[str, str]:
        """Split of each take by name: from the data set, else by ``val_groups``; else the last group validates."""
        split = {clip.name: clip.split or "train" for clip in clips}
        if "val" in split.values():
            return split
        free = [clip for clip in clips if not clip.split]
        groups, asked = {clip.group for clip in free}, tuple(self.hparams["val_groups"])
        if asked != VAL_GROUPS and (unknown := [group for group in asked if group not in groups]):
            raise ValueError(
                f"data.val_groups {unknown[0]!r} is no group; choose from {', '.join(sorted(groups)[:20])}"
            )
        val = groups & set(asked)
        if not val or val == {clip.group for clip in clips if clip.split != "test"}:
            val = splits.last_group(clips)
        return split | {clip.name: "val" for clip in free if clip.group in val}

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test."""
        return self.split

    def prepare_training(self) -> None:
        """Set the training takes: all of the split, and random motion if the settings ask for it."""
        wanted = self.train_clips if self.hparams["wandering"] else []
        invented = self.random_motion_clips([one.keypoints for one in film(wanted, cameras="random", count=1)])
        self.takes = join_takes([*self.train_clips, *invented])
        self.running = self.chunks()

    def random_motion_clips(self, tracks: Sequence[Keypoints2D]) -> list[MotionClip]:
        """Random motion, as many minutes as set, in bodies with the proportions of keypoint tracks."""
        minutes = self.hparams["wandering"]
        return (
            body_proportions.with_bone_shares(random_clips(minutes), body_proportions.bone_shares(tracks))
            if minutes
            else []
        )

    def chunks(self) -> Chunks:
        """Random batches, made on demand."""
        arguments = self.hparams
        frames = arguments["chunk"] + arguments["context"]
        return Chunks(self.takes, self._augment, arguments["batch"], frames, arguments["steps"])

    @property
    def _augment(self) -> Augment:
        arguments = self.hparams
        white = arguments["white"] / PROTOCOL_CAMERA.focal
        return Augment(noise=arguments["noise"], bodies=arguments["bodies"], white=white)

    def train_dataloader(self) -> DataLoader[LiftBatch]:
        """See ``chunks``, or ``passes.TakePass``."""
        if self.hparams["passes"]:
            return self._pass_over_takes()
        return self.seeded_loader(self.running, self.hparams["steps"], self.hparams["workers"], self.lasting)

    def _pass_over_takes(self) -> DataLoader[Any]:
        """Every window once as it is and once mirrored, shuffled; several processes share them."""
        given = self.hparams
        windows = TakePass(self.takes, self._augment, given["chunk"], given["context"], self.times)
        collate = drawn if self.make_on_device(WindowNumbers, windows.on) else windows.at_once
        number = workers(given["workers"] or 0)
        return DataLoader(windows, given["batch"], shuffle=True, num_workers=number, collate_fn=collate)

    def val_dataloader(self) -> DataLoader[LiftBatch]:
        """Validation takes, the protocol's cameras, exact keypoints."""
        return self._windows(self.val_clips)

    def test_dataloader(self) -> DataLoader[LiftBatch]:
        """The test takes, or the validation takes where the source has no test takes."""
        return self._windows(self.test_clips or self.val_clips)

    def predict_dataloader(self) -> DataLoader[Tracks]:
        """Keypoints of the takes that ``test_dataloader`` scores, one track at a time."""
        tracks = [Tracks(keypoints=[one.keypoints]) for one in film(self.test_clips or self.val_clips)]
        return DataLoader(dataset=tracks, batch_size=None, num_workers=0)  # type: ignore[arg-type]

    def predicted_takes(self) -> list[str]:
        """The take and camera of each track of ``predict_dataloader``."""
        return [f"{one.name}-camera{one.camera}" for one in film(self.test_clips or self.val_clips)]

    def _windows(self, clips: Sequence[MotionClip]) -> DataLoader[LiftBatch]:
        chunk = max(self.hparams["chunk"], LEAST_SCORED)
        return scored_loader(FilmedWindows(film(clips), chunk, self.hparams["context"]), self.hparams["batch"])


def random_clips(minutes: float) -> list[MotionClip]:
    """Clips of 20 s of random motion."""
    from dance3d.synth.random_motion import random_motion

    return [random_motion(20.0, seed) for seed in range(max(1, round(minutes * 3)))]


def synthetic(minutes: float) -> list[MotionClip]:
    """Takes of half a minute of the synthetic dancer, two or more of every genre: one to train, one to validate."""
    from dance3d.synth.choreography import GENRES, choreograph

    takes = max(2, round(minutes * 2))
    return [choreograph(genre, 30.0, seed) for genre in GENRES for seed in range(takes)]
