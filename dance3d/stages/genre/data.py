"""Training data of the genre net: windows of estimated movements and poses, drawn evenly over classes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.contracts import NONE, Movements, Pose3D, Tracks
from dance3d.datasets.device_batches import CPU, DeviceBatches, Resident
from dance3d.datasets.loaders import scored_loader, workers
from dance3d.io import artefacts
from dance3d.stages.genre import protocols
from dance3d.stages.genre.cross_fitting import FOLDS
from dance3d.stages.genre.features import MIRROR_COLUMN, MIRROR_SIGN, make
from dance3d.stages.genre.nearness import MOST, KeptWindows, statistics_of
from dance3d.stages.genre.track_splits import CROSS_FITTED, Piece, split_tracks, statistics
from dance3d.stages.genre.windows import STEPS, pad_start, resample, windows

log = logging.getLogger(__name__)

SHORTEST = 15
"""Chosen: steps of the shortest window that trains."""


class GenreBatch(NamedTuple):
    """B windows of T steps.

    Attributes:
        features: (B, T, D).
        present: (B, T).
        genre: (B,) class numbers; the one after the last for motion of no class.
        fold: (B,) folds, -1 for what is in none.
        number: (B,) numbers of the validation windows; -1 for others.
    """

    features: Tensor
    present: Tensor
    genre: Tensor
    fold: Tensor
    number: Tensor


class PieceDraws(NamedTuple):
    """What is random in a batch of B windows.

    Attributes:
        piece: (B,) numbers.
        chance: (4, B) 0..1: of tempo, length, position and mirror image.
        short: (B,) steps of a window that is short.
        noise: (B, T, D) and (B, 1, D) from a normal distribution, the latter constant over a window; empty where they
            are drawn on the device.
    """

    piece: Tensor
    chance: Tensor
    short: Tensor
    noise: tuple[Tensor, ...]


class _JoinedPieces(NamedTuple):
    """Pieces end to end.

    Attributes:
        values, present: (N, D) features and (N,) presence.
        start, stop, genre, fold, weight: (C,) first and after-last row, class, fold, and how often it is drawn, of
            every piece.
        column, sign: (D,) column of every feature's mirror image, and its sign there.
    """

    values: Tensor
    present: Tensor
    start: Tensor
    stop: Tensor
    genre: Tensor
    fold: Tensor
    weight: Tensor
    column: Tensor
    sign: Tensor


class RandomWindows(Dataset[PieceDraws]):
    """Batches of random windows: class, piece, position, tempo and mirror image are drawn from torch's random state.

    Args:
        pieces: from which windows are drawn.
        batch: windows per batch.
        steps: batches.
        tempo: windows are sped up or slowed down by up to this share.
        noise: standard deviation of noise added to every step.
        bias: standard deviation of noise that is constant over a window.

    Attributes:
        with_noise: draw the noise with the rest; else it is drawn where the batch is made.
    """

    def __init__(
        self, pieces: Sequence[Piece], batch: int, steps: int, tempo: float, noise: float, bias: float = 0.0
    ) -> None:
        self.batch, self.steps, self.tempo, self.noise, self.bias = batch, steps, tempo, noise, bias
        kept = [piece for piece in pieces if piece.features.present[slice(*piece.span)].any()]
        values = np.concatenate([piece.features.values[slice(*piece.span)] for piece in kept])
        present = np.concatenate([piece.features.present[slice(*piece.span)] for piece in kept])
        edges = np.cumsum([0, *(piece.span[1] - piece.span[0] for piece in kept)])
        genre = np.array([piece.genre for piece in kept])
        weight = np.sqrt(edges[1:] - edges[:-1])
        share = weight / np.bincount(genre, weight)[genre]  # equal shares of all classes
        fold = np.array([piece.fold for piece in kept])
        pieces_end_to_end = (values, present, edges[:-1], edges[1:], genre, fold, share)
        self.joined = _JoinedPieces(*map(torch.from_numpy, (*pieces_end_to_end, MIRROR_COLUMN, MIRROR_SIGN)))
        self._resident, self.with_noise = Resident[_JoinedPieces](), True

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> PieceDraws:
        piece = torch.multinomial(self.joined.weight, self.batch, replacement=True)
        chance, short = torch.rand(4, self.batch), torch.randint(SHORTEST, STEPS + 1, (self.batch,))
        width = self.joined.values.shape[1]
        return PieceDraws(piece, chance, short, self._noise(width, CPU) if self.with_noise else ())

    def _noise(self, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
        return (
            torch.randn(self.batch, STEPS, width, device=device),
            torch.randn(self.batch, 1, width, device=device),
        )

    def windows(self, draws: PieceDraws, device: torch.device) -> GenreBatch:
        """The batch of what was drawn, on a device."""
        of = self._resident(self.joined, device)
        piece, short, chance = draws.piece.to(device), draws.short.to(device), draws.chance.to(device).double()
        start, stop, speed = of.start[piece], of.stop[piece], 1 + self.tempo * (2 * chance[0] - 1)
        # Half the windows are shorter, else the length of a take would reveal its class.
        steps = torch.where(chance[1] < 0.5, STEPS, short)
        steps = torch.minimum(steps, ((stop - 1 - start) / speed.double() + 1e-9).long() + 1)
        first = start + chance[2] * (stop - 1 - start - (steps - 1) * speed).clamp_min(0)
        step = torch.arange(STEPS, device=device) - (STEPS - steps)[:, None]  # the shorter begin later
        at = torch.minimum(first[:, None] + speed[:, None] * step.clamp_min(0), (stop[:, None] - 1).double())
        out, present = resample(of.values, of.present, at, speed)
        out = torch.where((chance[3] < 0.5)[:, None, None], out[..., of.column] * of.sign, out)
        each, whole = (part.to(device) for part in draws.noise or self._noise(out.shape[-1], device))
        out += self.noise * each + self.bias * whole
        there = step >= 0
        present = torch.where(there, present, 0).float()
        number = torch.full_like(piece, -1)
        return GenreBatch(out * there[..., None], present, of.genre[piece], of.fold[piece], number)


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
        numbers = (torch.tensor(value) for value in (piece.genre, piece.fold, index))
        return GenreBatch(values, present, *numbers)


class GenreData(DeviceBatches):
    """Windows for the genre net.

    Args:
        index: ``index.json`` of a training set.
        poses: folder of estimated ``Pose3D``, aligned with it.
        movements: folder of estimated ``Movements``, aligned with it.
        split: ``cross_fitted``: every take trains but those held out for testing, in folds, and each fold is validated
            by a net that learned from the others alone (``track_splits``). ``time_block``: the first 60 % of every take
            trains, the next 10 % validates, the last 30 % tests; ``index``: as the index has it; ``group``: every fifth
            group of each class validates and tests. Else the first split of the protocol of that name (``protocols``),
            where groups are dancers.
        batch: windows per batch.
        steps: batches per epoch.
        tempo: dances are sped up or slowed down by up to this share.
        noise: standard deviation of noise added to features at every step.
        bias: standard deviation of noise that is constant over a window, as other bodies, detectors and lifters cause.
        workers: processes that draw windows beside the training, which is little work; null: none. Batches are cut out
            of the tracks where the net trains.
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
        self.classes = tuple(sorted({line["genre"] for line in self.lines} - {"", NONE}))
        if len(self.classes) < 2:
            raise ValueError(f"{given['index']} has the classes {list(self.classes)}; expected two or more")
        held = sorted({line["name"] for line in self.lines if line.get("split") == "test"})
        if held and given["split"] not in ("index", CROSS_FITTED):
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

    @property
    def folds(self) -> int:
        """How many folds there are; 0 where the split has none."""
        return FOLDS if self.hparams["split"] == CROSS_FITTED else 0

    def takes_by_split(self) -> list[set[str]]:
        """Names of the takes that train, validate and test; a take that is split by time does all three."""
        names = {id(one): line["name"] for one, line in zip(self.features, self.lines, strict=True)}
        return [{names[id(piece.features)] for piece in self.sets[side]} for side in protocols.SIDES]

    def predicted_takes(self) -> list[str]:
        """The take of each track of ``predict_dataloader``."""
        return [line["name"] for line in self.lines]

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (D,) of the training features, every class with equal weight."""
        return statistics([piece for piece in self.train_set if piece.genre < len(self.classes)])

    def kept_windows(self) -> KeptWindows:
        """Statistics of the validation windows, in their order, and which of them a net keeps."""
        rows = AllWindows(self.val_set).rows
        values = np.concatenate([statistics_of(piece.features, [span]) for piece, span in rows])
        genre, fold = (np.array([getattr(piece, name) for piece, _ in rows]) for name in ("genre", "fold"))
        known = np.flatnonzero(genre < len(self.classes))
        return KeptWindows(*map(torch.from_numpy, (values, genre, fold, known[:: -(-len(known) // MOST)])))

    def train_dataloader(self) -> DataLoader[Any]:
        """Random windows."""
        given = self.hparams
        drawn = RandomWindows(self.train_set, *(given[name] for name in ("batch", "steps", "tempo", "noise", "bias")))
        on_device = self.make_on_device(PieceDraws, drawn.windows)
        drawn.with_noise = not on_device or self.trainer.strategy.root_device.type == "cpu"  # type: ignore[union-attr]
        cut = None if on_device else partial(drawn.windows, device=CPU)
        return DataLoader(drawn, batch_size=None, num_workers=workers(given["workers"] or 0), collate_fn=cut)

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
