"""Takes of some actions only (Bai 2021 has a net for each): of genres, or stretches in which a movement is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from dance3d.contracts import MotionClip
from dance3d.datasets.movement_labels import Label, by_clip
from dance3d.movement_types import NAMES
from dance3d.timeseries.segments import segments

MARGIN = 13
"""Frames kept before and after a movement: what the net sees around a frame that it answers for."""

_FROM = ", from "


def movements_of(only: Sequence[str]) -> list[str]:
    """Those of the names that are movement types; the others are genres."""
    return [name for name in only if name in NAMES]


def of_actions(clips: Sequence[MotionClip], only: Sequence[str], labels: Iterable[Label] = ()) -> list[MotionClip]:
    """The takes of some genres and the stretches of some movements; all takes if nothing is named.

    Args:
        clips: takes.
        only: genres, and names of movement types.
        labels: when movements happen in the takes.

    Raises:
        ValueError: a genre that no take has, or movements that none makes.
    """
    if not only:
        return list(clips)
    found, known, moves = by_clip(labels), sorted({clip.genre for clip in clips}), movements_of(only)
    if unknown := [name for name in only if name not in moves and name not in known]:
        if near := get_close_matches(unknown[0], NAMES, 2, 0.7):
            raise ValueError(f"{unknown[0]!r} is no genre here and no movement type; did you mean {' or '.join(near)}?")
        kinds = "a movement type (`dance3d movements list`)"
        raise ValueError(f"genre {unknown[0]!r} has no take to train on; choose from {', '.join(known)}, or {kinds}")
    if moves and not any(stretches(clip, found, moves) for clip in clips):
        raise ValueError(f"no take to train on has {' or '.join(moves)}")
    return parts(clips, only, found)


def parts(clips: Sequence[MotionClip], only: Sequence[str], labels: Mapping[str, Sequence[Label]]) -> list[MotionClip]:
    """What of the takes is of these actions, perhaps nothing.

    Args:
        clips: takes.
        only: as of ``of_actions``.
        labels: by the takes' names.
    """
    moves, out = movements_of(only), []
    for clip in clips:
        out += [clip] if clip.genre in only else stretches(clip, labels, moves)
    return out


def stretches(clip: MotionClip, labels: Mapping[str, Sequence[Label]], moves: Sequence[str]) -> list[MotionClip]:
    """Stretches of a take in which one of the movements is made, with ``MARGIN`` frames around; they do not overlap.

    Args:
        clip: the take.
        labels: by the takes' names.
        moves: names of movement types.
    """
    inside = np.zeros(len(clip.xyz), bool)
    for row in labels.get(clip.name, ()):
        if row.movement in moves and row.start is not None and row.stop is not None:
            start, stop = (round(at * clip.fps) for at in (row.start, row.stop))
            inside[max(0, start - MARGIN) : max(0, stop + MARGIN)] = True
    return [
        replace(clip.part(start, stop), name=f"{clip.name}{_FROM}{start / clip.fps:.2f} s")
        for start, stop in segments(inside)
    ]


def take_of(name: str) -> str:
    """The take that a clip is of, which may be a stretch."""
    return name.partition(_FROM)[0]
