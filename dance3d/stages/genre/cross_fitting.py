"""Cross-fitting: folds of takes, of which each is classified by what learned from the others.

Of classes with several dancers whole dancers are left out, of others whole takes, and where even these are too few the
takes are cut into blocks of time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import NONE
from dance3d.stages.genre.protocols import Split, TakeInfo, TakeWindow, checked
from dance3d.timeseries.segments import segments

FOLDS = 3
"""Chosen: as many as blocks of time that are still long enough for windows of 5 s."""


def fold_numbers(takes: Sequence[TakeInfo], folds: int = FOLDS) -> list[NDArray[np.intp]]:
    """Per take (frames,) number of the fold that each frame is in.

    What is left out as a whole is dealt to the folds, the longest first, each into the one with the fewest frames of
    its class so far.

    Args:
        takes: to be divided; several of one name, as of several cameras, stay together.
        folds: how many.
    """
    units = units_of(takes, folds)
    lengths: dict[str, Counter[str]] = defaultdict(Counter)
    for take, unit in zip(takes, units, strict=True):
        lengths[take.genre][unit] += take.frames
    fold: dict[tuple[str, str], int] = {}
    for genre, length in lengths.items():
        filled = [0] * folds
        for unit, frames in sorted(length.items(), key=lambda item: (-item[1], item[0])):
            fold[genre, unit] = filled.index(min(filled))
            filled[fold[genre, unit]] += frames
    return [
        np.full(take.frames, fold[take.genre, unit], np.intp) if unit else np.arange(take.frames) * folds // take.frames
        for take, unit in zip(takes, units, strict=True)
    ]


def units_of(takes: Sequence[TakeInfo], folds: int = FOLDS) -> list[str]:
    """What is left out as a whole with each take: its dancer or its name; nothing where blocks of time are left out.

    Args:
        takes: to be divided.
        folds: how many folds; so many takes of a single dancer are left out one by one.
    """
    dancers, names = defaultdict(set), defaultdict(set)
    for take in takes:
        dancers[take.genre].add(take.dancer)
        names[take.genre].add(take.name)
    return [
        take.dancer if len(dancers[take.genre]) > 1 else take.name if len(names[take.genre]) >= folds else ""
        for take in takes
    ]


def held_strangers(groups: Iterable[str]) -> set[str]:
    """Groups of motion of no class that are kept for testing: every other one, by name."""
    return set(sorted(set(groups))[::2])


def held_out(takes: Sequence[tuple[str, str, str, str]]) -> list[bool]:
    """Whether each take is kept for testing: as its data set says, but of a class that would lose all only every third.

    Of motion of no class ``held_strangers`` are.

    Args:
        takes: name, genre, group and split of each.
    """
    strangers = held_strangers(group for _, genre, group, _ in takes if genre == NONE)
    trains = {genre for _, genre, _, split in takes if split != "test"}
    names = {genre: sorted({name for name, of, _, _ in takes if of == genre}) for _, genre, _, _ in takes}
    return [
        group in strangers if genre == NONE else split == "test" and (genre in trains or name in names[genre][2::3])
        for name, genre, group, split in takes
    ]


def leave_folds_out(takes: Sequence[TakeInfo], folds: int = FOLDS) -> list[Split]:
    """As many splits as folds, whose test sides are the folds and which train on all others; nothing validates.

    Args:
        takes: to be split.
        folds: number of splits.

    Raises:
        ValueError: a class that is tested has nothing to train on.
    """
    numbers = fold_numbers(takes, folds)
    units = [(take.genre, unit or take.name) for take, unit in zip(takes, units_of(takes, folds), strict=True)]
    labels = [row + folds * sorted(set(units)).index(unit) for row, unit in zip(numbers, units, strict=True)]
    splits = []
    for number in range(folds):
        sides = [_windows([row != number for row in numbers]), (), _windows([row == number for row in numbers])]
        splits.append(checked(takes, Split(*sides), labels, every=False))
    return splits


def _windows(masks: Sequence[NDArray[np.bool_]]) -> tuple[TakeWindow, ...]:
    """Intervals of marked frames as parts of takes."""
    return tuple(TakeWindow(number, int(a), int(b)) for number, mask in enumerate(masks) for a, b in segments(mask))
