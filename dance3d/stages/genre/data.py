"""Training data of the genre net: windows of estimated movements and poses, drawn evenly over classes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.contracts import Movements, Pose3D, Tracks
from dance3d.datasets.loaders import scored_loader, workers
from dance3d.io import artefacts
from dance3d.stages.genre import protocols
from dance3d.stages.genre.features import TURN, make, mirror
from dance3d.stages.genre.track_splits import Piece, split_tracks, statistics
from dance3d.stages.genre.windows import STEPS, pad_start, windows

log = logging.getLogger(__name__)

SHORTEST = 15
"""Chosen: steps of the shortest window that trains."""


class GenreBatch(NamedTuple):
    """B windows of T steps: features (B, T, D), present (B, T), genre (B,) class numbers."""

    features: Tensor
    present: Tensor
    genre: Tensor


class RandomWindows(Dataset[GenreBatch]):
    """Batches of random windows: class, piece, position, tempo and mirror image are drawn from torch's random state.

    Args:
        pieces: from which windows are drawn.
        batch: windows per batch.
        steps: batches.
        tempo: windows are sped up or slowed down by up to this share.
        noise: standard deviation of noise added to every step.
        bias: standard deviation of noise that is constant over a window.
    """

    def __init__(
        self, pieces: Sequence[Piece], batch: int, steps: int, tempo: float, noise: float, bias: float = 0.0
    ) -> None:
        self.batch, self.steps, self.tempo, self.noise, self.bias = batch, steps, tempo, noise, bias
        kept = [piece for piece in pieces if piece.features.present[slice(*piece.span)].any()]
        self.values = np.concatenate([piece.features.values[slice(*piece.span)] for piece in kept])
        self.present = np.concatenate([piece.features.present[slice(*piece.span)] for piece in kept])
        edges = np.cumsum([0, *(piece.span[1] - piece.span[0] for piece in kept)])
        self.start, self.stop = edges[:-1], edges[1:]
        genre = np.array([piece.genre for piece in kept])
        self.genre = torch.from_numpy(genre)
        weight = np.sqrt(self.stop - self.start)
        share = weight / np.bincount(genre, weight)[genre]  # equal shares of all classes
        self.weight = torch.from_numpy(share)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> GenreBatch:
        piece = torch.multinomial(self.weight, self.batch, replacement=True)
        start, stop = self.start[piece.numpy()], self.stop[piece.numpy()]
        chance = torch.rand(4, self.batch).double().numpy()
        speed = 1 + self.tempo * (2 * chance[0] - 1)
        # Half the windows are shorter, else the length of a take would reveal its class.
        short = torch.randint(SHORTEST, STEPS + 1, (self.batch,)).numpy()
        steps = np.where(chance[1] < 0.5, STEPS, short)
        steps = np.minimum(steps, ((stop - 1 - start) / speed + 1e-9).astype(int) + 1)
        first = start + chance[2] * (stop - 1 - start - (steps - 1) * speed).clip(0)
        step = np.arange(STEPS) - (STEPS - steps)[:, None]  # the shorter begin later
        at = np.minimum(first[:, None] + speed[:, None] * step.clip(0), stop[:, None] - 1)
        values, present = resample(self.values, self.present, at, speed)
        turned = chance[3] < 0.5
        values[turned] = mirror(values[turned])
        out = torch.from_numpy(values)
        out += self.noise * torch.randn(out.shape) + self.bias * torch.randn(self.batch, 1, out.shape[-1])
        there = torch.from_numpy(np.where(step >= 0, present, 0).astype(np.float32))
        return GenreBatch(out * torch.from_numpy(step >= 0)[..., None], there, self.genre[piece])


def resample(
    values: NDArray[np.float32], present: NDArray[np.float32], at: NDArray[np.float64], speed: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features and presence at fractional rows.

    Args:
        values: (N, D) features.
        present: (N,) presence.
        at: (B, T) rows.
        speed: (B,) factor of the tempo.

    Returns:
        (B, T, D) and (B, T).
    """
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    part = (at - low).astype(np.float32)
    out = values[low]
    out += (values[high] - out) * part[..., None]
    out[..., TURN] *= speed[:, None].astype(np.float32)
    return out, np.where(part > 0, np.minimum(present[low], present[high]), present[low])


class AllWindows(Dataset[GenreBatch]):
    """Every window of the pieces, as ``predict`` cuts them."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.rows = [
            (piece, (piece.span[0] + i, piece.span[0] + j))
            for piece in pieces
            for i, j in windows(piece.features.present[slice(*piece.span)])
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> GenreBatch:
        piece, (start, stop) = self.rows[index]
        values, present = (torch.from_numpy(pad_start(a[start:stop])) for a in piece.features[:2])
        return GenreBatch(values, present, torch.tensor(piece.genre))


class GenreData(L.LightningDataModule):
    """Windows for the genre net.

    Args:
        index: ``index.json`` of a training set.
        poses: folder of estimated ``Pose3D``, aligned with it.
        movements: folder of estimated ``Movements``, aligned with it.
        split: one of ``pieces.SPLITS``: ``time_block``: the first 60 % of every take trains, the next 10 % validates,
            the last 30 % tests; ``index``: as the index has it; ``group``: every fifth group of each class validates
            and tests; else the first split of the protocol of that name (``protocols``), where groups are dancers.
        batch: windows per batch.
        steps: batches per epoch.
        tempo: dances are sped up or slowed down by up to this share.
        noise: standard deviation of noise added to features at every step.
        bias: standard deviation of noise that is constant over a window, as other bodies, detectors and lifters cause.
        workers: processes that make batches beside the training; null: by the machine (``datasets.loaders``).
    """

    def __init__(
        self,
        index: str = "",
        poses: str = "",
        movements: str = "",
        split: str = "time_block",
        batch: int = 32,
        steps: int = 40,
        tempo: float = 0.25,
        noise: float = 0.05,
        bias: float = 0.03,
        workers: int | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage: str | None = None) -> None:
        """Read every track and assign it to the splits.

        Raises:
            ValueError: no index, a class without training takes, fewer than two classes, or missing tracks.
        """
        given = self.hparams
        if not Path(given["index"]).is_file():
            raise ValueError(f"data.index {given['index']!r} is no file; make one with `dance3d train genre`")
        self.lines = json.loads(Path(given["index"]).read_text())
        self.classes = tuple(sorted({line["genre"] for line in self.lines if line["genre"]}))
        if len(self.classes) < 2:
            raise ValueError(f"{given['index']} has the classes {list(self.classes)}; expected two or more")
        held = sorted({line["name"] for line in self.lines if line.get("split") == "test"})
        if held and given["split"] != "index":
            log.warning(
                "data.split %s may also train on takes that the data set holds out for testing, %s; "
                "data.split index leaves them out",
                *(given["split"], ", ".join(held[:5]) + ", ..." * (len(held) > 5)),
            )
        self.tracks = [self._track(number) for number in range(len(self.lines))]
        self.features = [make(*track) for track in self.tracks]
        self.sets = split_tracks(self.lines, self.features, self.classes, given["split"])
        self.train_set, self.val_set, self.test_set = (self.sets[name] for name in protocols.SIDES)
        missing = set(range(len(self.classes))) - {piece.genre for piece in self.train_set}
        if missing:
            names = ", ".join(self.classes[g] for g in sorted(missing))
            raise ValueError(f"data.split {given['split']!r} leaves no training take of {names}; choose time_block")
        self.val_set = self.val_set or self.train_set
        self.test_set = self.test_set or self.val_set

    def _track(self, number: int) -> tuple[Pose3D, Movements]:
        paths = [Path(self.hparams[name]) / f"{number:04d}.npz" for name in ("poses", "movements")]
        for path in paths:
            if not path.is_file():
                raise ValueError(f"{path} is missing; the index has {len(self.lines)} tracks")
        return artefacts.load(paths[0], Pose3D), artefacts.load(paths[1], Movements)

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test; a take that is split by time does all three."""
        names = {id(one): line["name"] for one, line in zip(self.features, self.lines, strict=True)}
        return [{names[id(piece.features)] for piece in self.sets[side]} for side in protocols.SIDES]

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (D,) of the training features, every class with equal weight."""
        return statistics(self.train_set)

    def train_dataloader(self) -> DataLoader[GenreBatch]:
        """Random windows."""
        given = self.hparams
        some = (given[name] for name in ("batch", "steps", "tempo", "noise", "bias"))
        number, pinned = workers(given["workers"]), torch.cuda.is_available()
        return DataLoader(RandomWindows(self.train_set, *some), batch_size=None, num_workers=number, pin_memory=pinned)

    def val_dataloader(self) -> DataLoader[GenreBatch]:
        """Every window of the validation blocks."""
        return scored_loader(AllWindows(self.val_set), 256)

    def test_dataloader(self) -> DataLoader[GenreBatch]:
        """Every window of the test blocks."""
        return scored_loader(AllWindows(self.test_set), 256)

    def predict_dataloader(self) -> DataLoader[Tracks]:
        """Whole tracks, in the order of the index."""
        tracks = [Tracks(lift=[pose], motion=[moves]) for pose, moves in self.tracks]
        return DataLoader(dataset=tracks, batch_size=None, num_workers=0)  # type: ignore[arg-type]
