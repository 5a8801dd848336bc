"""Pieces of tracks: which part of a track trains, validates or tests, and statistics of their features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dance3d.contracts import NONE
from dance3d.stages.genre import protocols
from dance3d.stages.genre.cross_fitting import FOLDS, fold_numbers, held_out
from dance3d.stages.genre.features import Features, mirror
from dance3d.stages.genre.protocols import Split, TakeInfo, TakeWindow
from dance3d.timeseries.segments import segments

Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A part of one track that belongs to one split.

    Attributes:
        features: of the whole track.
        span: (start, stop) steps.
        genre: class number; that after the last for motion of no class.
        group: of the take; groups of equal length in one class have equal shares.
        fold: number of the fold (``cross_fitting``); -1 for what is in none.
    """

    features: Features
    span: Span
    genre: int
    group: str
    fold: int = -1


def statistics(pieces: Sequence[Piece]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (D,) of features and their mirror images, every class with equal weight."""
    mean, square = [], []
    for genre in sorted({piece.genre for piece in pieces}):
        here = [(piece.features, slice(*piece.span)) for piece in pieces if piece.genre == genre]
        values = np.concatenate([one.values[span][one.present[span] > 0.5] for one, span in here])
        values = np.concatenate([values, mirror(values)]).astype(np.float64)
        if len(values):
            mean.append(values.mean(0))
            square.append((values**2).mean(0))
    middle = np.mean(mean, 0)
    deviation = np.sqrt(np.maximum(np.mean(square, 0) - middle**2, 0))
    return torch.from_numpy(middle).float(), torch.from_numpy(deviation).float()


def split_tracks(
    lines: Sequence[dict[str, str]], features: Sequence[Features], classes: Sequence[str], split: str
) -> dict[str, list[Piece]]:
    """Pieces per split: ``train``, ``val``, ``test``.

    Args:
        lines: of the index, one per track.
        features: of every track.
        classes: names, in the order of their numbers.
        split: one of ``SPLITS``, or ``CROSS_FITTED``.

    Raises:
        ValueError: an unknown split, or one that these tracks do not allow.
    """
    if split == CROSS_FITTED:
        return _cross_fitted(lines, features, classes)
    if split not in SPLITS:
        raise ValueError(f"data.split {split!r} is not known; choose from {', '.join([CROSS_FITTED, *SPLITS])}")
    kept = [(line, one) for line, one in zip(lines, features, strict=True) if line["genre"] in classes]
    takes = [
        TakeInfo(line["name"], line["genre"], len(one.values), line["group"], line.get("source", ""))
        for line, one in kept
    ]
    if split.startswith("aist"):
        takes = protocols.of_aist([take.name for take in takes], [take.frames for take in takes])
    found = SPLITS[split](takes, [line.get("split", "") for line, _ in kept])
    return {
        name: [
            Piece(kept[take][1], (start, stop), classes.index(takes[take].genre), kept[take][0]["group"])
            for take, start, stop in side
        ]
        for name, side in zip(protocols.SIDES, found, strict=True)
    }


def _cross_fitted(
    lines: Sequence[dict[str, str]], features: Sequence[Features], classes: Sequence[str]
) -> dict[str, list[Piece]]:
    """All but what is held out for testing trains, in folds, and validates.

    Which takes are held out: ``cross_fitting.held_out``.
    """
    kept = [(line, one) for line, one in zip(lines, features, strict=True) if line["genre"] in {*classes, NONE}]
    held = held_out([(line["name"], line["genre"], line["group"], line.get("split", "")) for line, _ in kept])

    def piece(number: int, span: Span, fold: int) -> Piece:
        line, one = kept[number]
        genre = classes.index(line["genre"]) if line["genre"] in classes else len(classes)
        return Piece(one, (int(span[0]), int(span[1])), genre, line["group"], fold)

    numbers = [number for number, out in enumerate(held) if not out]
    takes = [TakeInfo(line["name"], line["genre"], len(one.values), line["group"]) for line, one in kept]
    train = [
        piece(number, span, int(fold))
        for number, row in zip(numbers, fold_numbers([takes[number] for number in numbers], FOLDS), strict=True)
        for fold in np.unique(row)
        for span in segments(row == fold)
    ]
    test = [piece(number, (0, takes[number].frames), -1) for number in sorted({*range(len(kept))} - {*numbers})]
    return {"train": train, "val": train, "test": test}


def _as_given(takes: Sequence[TakeInfo], given: Sequence[str]) -> Split:
    whole = [TakeWindow(number, 0, take.frames) for number, take in enumerate(takes)]
    return Split(*(tuple(w for w in whole if given[w.take] == side) for side in protocols.SIDES))


def _every_fifth(takes: Sequence[TakeInfo], given: Sequence[str]) -> Split:
    groups = {genre: sorted({t.dancer for t in takes if t.genre == genre}) for genre in {t.genre for t in takes}}
    held = [take.dancer in groups[take.genre][4::5] for take in takes]
    test = _as_given(takes, ["test" if one else "train" for one in held])
    return test._replace(val=test.test)


CROSS_FITTED = "cross_fitted"
"""Everything trains in folds (``cross_fitting``), and validates by nets that learned without its fold."""
SPLITS: dict[str, Callable[[Sequence[TakeInfo], Sequence[str]], Split]] = {
    "time_block": lambda takes, given: protocols.time_block(takes)[0],
    "index": _as_given,
    "group": _every_fifth,
    "leave_dancer_out": lambda takes, given: protocols.leave_dancer_out(takes, 5)[0],
    "leave_source_out": lambda takes, given: protocols.leave_source_out(takes)[0],
    "aist_cross_dancer": lambda takes, given: protocols.aist_cross_dancer(takes)[0],
    "aist_cross_choreography": lambda takes, given: protocols.aist_cross_choreography(takes)[0],
    "aist_cross_both": lambda takes, given: protocols.aist_cross_both(takes)[0],
}
"""Ways to split data; the first split of protocols with several."""
