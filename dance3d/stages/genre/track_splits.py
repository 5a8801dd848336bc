"""Pieces of tracks: which part of a track trains, validates or tests, and statistics of their features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dance3d.stages.genre import protocols
from dance3d.stages.genre.features import Features, mirror
from dance3d.stages.genre.protocols import Split, TakeInfo, TakeWindow

Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A part of one track that belongs to one split.

    Attributes:
        features: of the whole track.
        span: (start, stop) steps.
        genre: class number.
        group: of the take; groups of equal length in one class have equal shares.
    """

    features: Features
    span: Span
    genre: int
    group: str


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
        split: one of ``SPLITS``.

    Raises:
        ValueError: an unknown split, or one that these tracks do not allow.
    """
    if split not in SPLITS:
        raise ValueError(f"data.split {split!r} is not known; choose from {', '.join(SPLITS)}")
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


def _as_given(takes: Sequence[TakeInfo], given: Sequence[str]) -> Split:
    whole = [TakeWindow(number, 0, take.frames) for number, take in enumerate(takes)]
    return Split(*(tuple(w for w in whole if given[w.take] == side) for side in protocols.SIDES))


def _every_fifth(takes: Sequence[TakeInfo], given: Sequence[str]) -> Split:
    groups = {genre: sorted({t.dancer for t in takes if t.genre == genre}) for genre in {t.genre for t in takes}}
    held = [take.dancer in groups[take.genre][4::5] for take in takes]
    test = _as_given(takes, ["test" if one else "train" for one in held])
    return test._replace(val=test.test)


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
