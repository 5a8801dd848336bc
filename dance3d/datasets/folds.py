"""Folds of a data set for cross-fitting: whoever reads a take learned from the other folds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dance3d.contracts import MotionClip


def fold_of_groups(takes: Sequence[MotionClip], folds: int) -> dict[str, int]:
    """The fold of every group of takes that may train: groups stay whole, and each genre is spread over the folds.

    The genre of which most lies in a single group comes first, as it is the hardest to spread, and of a genre the
    longest group; each goes into the fold with the fewest frames of that genre so far, then with the fewest of all.
    It depends on names and lengths alone.

    Args:
        takes: with their splits; those held out for testing are in no fold.
        folds: how many, two at least.

    Raises:
        ValueError: fewer than two folds, or fewer groups than folds.
    """
    frames: dict[tuple[str, str], int] = {}
    for take in takes:
        if take.split != "test":
            frames[take.genre, take.group] = frames.get((take.genre, take.group), 0) + len(take.xyz)
    groups = {group for _, group in frames}
    if folds < 2 or len(groups) < folds:
        raise ValueError(f"{folds} folds of {len(groups)} groups of takes; expected two at least, and a group for each")
    total, of_genre = [0] * folds, dict[tuple[str, int], int]()
    fold: dict[str, int] = {}
    largest = {genre: _largest_share(frames, genre) for genre, _ in frames}
    for genre, group in sorted(frames, key=lambda one: (-largest[one[0]], one[0], -frames[one], one[1])):
        if group not in fold:
            fold[group] = min(range(folds), key=lambda f: (of_genre.get((genre, f), 0), total[f], f))
        of_genre[genre, fold[group]] = of_genre.get((genre, fold[group]), 0) + frames[genre, group]
        total[fold[group]] += frames[genre, group]
    return fold


def fold_apart(takes: Sequence[MotionClip], folds: int, fold: int) -> list[MotionClip]:
    """The takes with those of one fold held out for testing.

    Args:
        takes: with their splits.
        folds: as of ``fold_of_groups``.
        fold: number of the one that is kept apart, from 0.
    """
    of = fold_of_groups(takes, folds)
    return [replace(take, split="test") if of.get(take.group) == fold else take for take in takes]


def _largest_share(frames: Mapping[tuple[str, str], int], genre: str) -> float:
    """Share of a genre's frames that its longest group has."""
    lengths = [count for (of, _), count in frames.items() if of == genre]
    return max(lengths) / sum(lengths)
