"""Split protocols: functions from takes to splits of training, validation and test, and the check for leaks.

A split names parts of takes; windows are cut within a part, so that none crosses from one side to another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.io.motion_files.catalogue import AIST_GENRES, aist
from dance3d.timeseries.segments import segments

Whole = NDArray[np.intp]
Flags = NDArray[np.bool_]
Masks = dict[str, list[Flags]]
BLOCKS = {"train": (0.0, 0.6), "val": (0.6, 0.7), "test": (0.7, 1.0)}
"""Share of every take per side, in time."""
SIDES = tuple(BLOCKS)


class TakeInfo(NamedTuple):
    """Properties of a take that protocols use.

    Attributes:
        name: of the take.
        genre: its class.
        frames: number of frames.
        dancer: the dancer, or a group that no split may divide.
        source: the recording campaign.
        choreography: the choreography.
    """

    name: str
    genre: str
    frames: int
    dancer: str = ""
    source: str = ""
    choreography: str = ""


class TakeWindow(NamedTuple):
    """Frames ``start`` to ``stop`` of take number ``take``."""

    take: int
    start: int
    stop: int


class Split(NamedTuple):
    """Parts of takes per side."""

    train: tuple[TakeWindow, ...]
    val: tuple[TakeWindow, ...]
    test: tuple[TakeWindow, ...]


def of_clips(clips: Iterable[MotionClip]) -> list[TakeInfo]:
    """Takes of motion; the dancer is the clip's group."""
    return [TakeInfo(clip.name, clip.genre, len(clip.xyz), clip.group) for clip in clips]


def of_aist(names: Iterable[str], frames: Iterable[int]) -> list[TakeInfo]:
    """Takes from AIST's file names, such as ``gBR_sBM_cAll_d04_mBR0_ch01``.

    Raises:
        ValueError: a name is not of that form, or its genre is unknown.
    """
    takes = []
    for name, count in zip(names, frames, strict=True):
        parsed = aist(name)
        if parsed is None or parsed.genre not in AIST_GENRES:
            raise ValueError(
                f"{name!r} is no name of AIST; expected such as gBR_sBM_cAll_d04_mBR0_ch01, "
                f"with a genre of {', '.join(AIST_GENRES)}"
            )
        choreography = f"{parsed.genre}_{parsed.situation}_{parsed.choreography}"
        takes.append(TakeInfo(name, AIST_GENRES[parsed.genre], count, parsed.dancer, "aist", choreography))
    return takes


def time_block(takes: Sequence[TakeInfo], moments: Sequence[Whole] | None = None) -> list[Split]:
    """One split: the first 60 % of every take train, the next 10 % validate, the last 30 % test.

    Args:
        takes: to be split.
        moments: per take (frames,) numbers of near-duplicate moments (``near_duplicates``). Copies of a moment in a
            test block then neither train nor validate, in any take, and copies of a validation moment do not train.
    """
    masks = {side: [_block(take.frames, *BLOCKS[side]) for take in takes] for side in SIDES}
    return [checked(takes, _split(_apart(masks, moments)), *([] if moments is None else [moments]))]


def grouped(
    takes: Sequence[TakeInfo], groups: Sequence[Whole], folds: int = 5, moments: Sequence[Whole] | None = None
) -> list[Split]:
    """As many splits as folds: each group of near-duplicates is tested once and as a whole, in all its takes.

    Groups of each class are assigned to the folds so that all folds test about equally many frames; the next fold
    validates.

    Args:
        takes: to be split.
        groups: per take (frames,) numbers of the group of each frame (``near_duplicates``); no group has two classes.
        folds: number of splits.
        moments: as in ``time_block``: also removes training frames whose copy is tested in another group.

    Raises:
        ValueError: a class has fewer groups than there are folds.
    """
    sizes: dict[str, Counter[int]] = defaultdict(Counter)
    for take, group in zip(takes, groups, strict=True):
        sizes[take.genre].update(group.tolist())
    fold: dict[int, int] = {}
    for genre, size in sizes.items():
        if len(size) < folds:
            raise ValueError(f"{genre} has {len(size)} groups of near-duplicates; expected {folds} or more, one a fold")
        filled = [0] * folds
        for one, frames in sorted(size.items(), key=lambda item: (-item[1], item[0])):
            fold[one] = filled.index(min(filled))
            filled[fold[one]] += frames
    assigned = [np.array([fold[int(g)] for g in group], np.intp) for group in groups]
    labels = [groups] if moments is None else [groups, moments]
    return [
        checked(takes, _split(_apart(_by_fold(assigned, number, folds), moments)), *labels) for number in range(folds)
    ]


def leave_dancer_out(takes: Sequence[TakeInfo], folds: int = 0) -> list[Split]:
    """Each dancer is tested once, without training takes of this dancer; see ``leave_out``."""
    return leave_out(takes, lambda take: take.dancer, folds)


def leave_source_out(takes: Sequence[TakeInfo], folds: int = 0) -> list[Split]:
    """Each recording campaign is tested once, without training takes of it; see ``leave_out``."""
    return leave_out(takes, lambda take: take.source, folds)


def leave_out(takes: Sequence[TakeInfo], what: Callable[[TakeInfo], str], folds: int = 0) -> list[Split]:
    """Each value of a take's property is tested once; no take with it trains or validates.

    A class without training takes is not tested in that split.

    Args:
        takes: to be split.
        what: the property; a word, never empty.
        folds: number of splits, to which the values of each class are assigned in turn; 0 for one per value.

    Raises:
        ValueError: fewer than two values, or a take without one.
    """
    values = sorted({what(take) for take in takes})
    if len(values) < 2 or not values[0]:
        raise ValueError(f"takes have {values} to leave out; expected two or more, and one for every take")
    fold = _folds(takes, what, folds) if folds else {value: n for n, value in enumerate(values)}
    count = folds or len(values)
    assigned = [np.full(take.frames, fold[what(take)], np.intp) for take in takes]
    labels = [np.full(take.frames, values.index(what(take)), np.intp) for take in takes]
    splits = []
    for number in range(count):
        split = _split(_by_fold(assigned, number, count if count > 2 else 0))
        known = {takes[s.take].genre for s in split.train}
        kept = [tuple(s for s in side if takes[s.take].genre in known) for side in split]
        if kept[2]:
            splits.append(checked(takes, Split(*kept), labels, every=False))
    if not splits:
        raise ValueError("no class has two values to leave one out of")
    return splits


def aist_cross_dancer(takes: Sequence[TakeInfo], folds: int = 3) -> list[Split]:
    """No dancer is on both sides; AIST++ has three per genre. Choreographies are, as dancers share them."""
    return leave_out(takes, lambda take: take.dancer, folds)


def aist_cross_choreography(takes: Sequence[TakeInfo], folds: int = 5) -> list[Split]:
    """No choreography is on both sides; dancers are."""
    return leave_out(takes, lambda take: take.choreography, folds)


def aist_cross_both(takes: Sequence[TakeInfo], folds: int = 3) -> list[Split]:
    """Neither dancer nor choreography is on both sides: takes that share one of them with the test are left out."""
    dancers = _folds(takes, lambda take: take.dancer, folds)
    dances = _folds(takes, lambda take: take.choreography, folds)
    splits = []
    for number in range(folds):
        masks: Masks = {side: [] for side in SIDES}
        for take in takes:
            place = {(dancers[take.dancer] - number) % folds, (dances[take.choreography] - number) % folds}
            side = "test" if place == {0} else "val" if place == {1} and folds > 2 else ""
            side = side or ("train" if not place & ({0, 1} if folds > 2 else {0}) else "")
            for name in SIDES:
                masks[name].append(np.full(take.frames, name == side))
        labels = [[np.full(t.frames, sorted(some).index(what), np.intp) for t, what in pairs] for some, pairs in (
            (dancers, [(t, t.dancer) for t in takes]), (dances, [(t, t.choreography) for t in takes])
        )]  # fmt: skip
        splits.append(checked(takes, _split(masks), *labels))
    return splits


def checked(takes: Sequence[TakeInfo], split: Split, *labels: Sequence[Whole], every: bool = True) -> Split:
    """The split, if no frame or label of one side is on another and every class trains.

    Args:
        takes: of which the split has parts.
        split: to be checked.
        labels: each with one (frames,) array of numbers per take that must stay on one side: moments, groups, dancers.
        every: every class of the takes must train, not only those that are tested.

    Raises:
        ValueError: a frame or a label is on two sides, or a class is missing from training.
    """
    own = [np.arange(take.frames) for take in takes]
    offset = np.cumsum([0, *(take.frames for take in takes)])
    for label in ([row + o for row, o in zip(own, offset, strict=False)], *labels):
        seen = {side: {int(v) for s in part for v in np.unique(label[s.take][s.start : s.stop])}
                for side, part in zip(SIDES, split, strict=True)}  # fmt: skip
        for one, other in combinations(SIDES, 2):
            if both := seen[one] & seen[other]:
                raise ValueError(f"the split leaks: {len(both)} labels are in {one} and in {other}, as {min(both)}")
    trained = {takes[s.take].genre for s in split.train}
    asked = {take.genre for take in takes} if every else {takes[s.take].genre for s in split.test}
    if missing := sorted(asked - trained):
        raise ValueError(f"the split leaves no training take of {', '.join(missing)}")
    return split


def _block(frames: int, start: float, stop: float) -> Flags:
    place = np.arange(frames)
    mask: Flags = (place >= round(start * frames)) & (place < round(stop * frames))
    return mask


def _apart(masks: Masks, moments: Sequence[Whole] | None) -> Masks:
    """Masks without the frames of training and validation whose copies are on a later side."""
    if moments is None:
        return masks
    out: Masks = {}
    later = np.zeros(1 + max(int(m.max()) for m in moments), bool)
    for side in reversed(SIDES):
        out[side] = [mask & ~later[m] for mask, m in zip(masks[side], moments, strict=True)]
        for mask, m in zip(out[side], moments, strict=True):
            later[m[mask]] = True
    return out


def _folds(takes: Sequence[TakeInfo], what: Callable[[TakeInfo], str], folds: int) -> dict[str, int]:
    """A fold for each value; the values of one class are assigned in turn."""
    fold: dict[str, int] = {}
    for genre in sorted({take.genre for take in takes}):
        for place, value in enumerate(sorted({what(take) for take in takes if take.genre == genre})):
            fold.setdefault(value, place % folds)
    return fold


def _by_fold(assigned: Sequence[Whole], number: int, folds: int) -> Masks:
    """The numbered fold tests, the next one validates if there are more than two, all others train."""
    place = [(one - number) % folds if folds else one - number for one in assigned]
    val = [(one == 1) if folds > 2 else np.zeros(len(one), bool) for one in place]
    train = [(one != 0) & ~v for one, v in zip(place, val, strict=True)]
    return {"train": train, "val": val, "test": [one == 0 for one in place]}


def _split(masks: Masks) -> Split:
    """Intervals of marked frames as parts of takes."""
    sides = []
    for side in SIDES:
        found = []
        for number, mask in enumerate(masks[side]):
            found += [TakeWindow(number, int(a), int(b)) for a, b in segments(mask)]
        sides.append(tuple(found))
    return Split(*sides)
