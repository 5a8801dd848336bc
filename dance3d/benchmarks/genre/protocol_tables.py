"""The tables of ``dance3d bench genre``: every protocol, every ablation, and the trees beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.genre.near_duplicates import DuplicateGroups, near_duplicates
from dance3d.benchmarks.genre.protocol_run import (
    CameraTake,
    Learner,
    Predict,
    PredictedWindows,
    camera_takes,
    figures,
    joined,
    learners,
    scores,
)
from dance3d.contracts import MotionClip
from dance3d.stages.genre.protocols import Split, TakeInfo, grouped, leave_dancer_out, of_clips, time_block
from dance3d.stages.genre.windows import WINDOW
from dance3d.synth.virtual_cameras import film

Flags = NDArray[np.bool_]
NOISE = 5.0
"""Pixels of noise on the keypoints of the protocol's cameras, which no training sees."""
_FOLDS = 5  # of the grouped protocol
_CAMERAS, _NOISE = 4, 6.0  # random ones per take to train with, and the most noise of theirs
_SEED = 1  # of the training cameras; the test cameras have 0
_DANCES = 0.3  # metres per second that a joint moves on average, in at least half of a window that is danced; chosen
_EVERY = ("pose2d", "pose3d", "movements", "pose2d+movements", "both", "hdvr", "baseline")
_SOME = ("both", "baseline")


def ballroom(clips: Sequence[MotionClip], predict: Predict) -> Iterator[dict[str, float]]:
    """Figures of recordings that are cuts of one recording per genre; piece by piece, as they are ready.

    Trained with random cameras, tested with the protocol's four, all lifted and recognised by the shipped stages.

    Args:
        clips: takes with a genre each.
        predict: runs a stage with its shipped weights.

    Yields:
        ``distinct.<genre>``, seconds of distinct content; for the protocols ``time_block`` and ``grouped``
        ``<protocol>.<ablation>.macro_f1`` and more (``figures``), ``<protocol>.macro_f1`` for movements and pose,
        ``<protocol>.hdvr.*`` for the same by HDVR's own net,
        ``baseline.<protocol>.*`` for trees on the same lifted poses and ``baseline.true.<protocol>.*`` on true ones;
        for ``time_block_apart`` and ``grouped_apart``, where no copied moment is on two sides, the same of ``both``;
        and ``.dancing.macro_f1`` of those windows in which the dancer does not stand.
    """
    near = near_duplicates(clips)
    yield {f"distinct.{genre}": round(seconds, 1) for genre, seconds in near.distinct.items()}
    takes, rate = of_clips(clips), [clip.fps for clip in clips]
    classes = sorted({take.genre for take in takes})
    filmed = film(clips, NOISE, seed=0)
    true = [CameraTake(number, one.truth) for number, one in enumerate(filmed[:: len(filmed) // len(clips)])]
    test = camera_takes(filmed, takes, predict)
    train = camera_takes(film(clips, _NOISE, _SEED, "random", _CAMERAS), takes, predict)
    learn = learners(takes, rate, classes)
    still = standing(clips)
    for protocol, splits in protocols(takes, near).items():
        for name in _SOME if protocol.endswith("apart") else _EVERY:
            found = _tried(learn[name], train, test, splits)
            yield named_figures(protocol, name, figures(found, classes) | _dancing(found, still, rate, classes))
        found = _tried(learn["baseline"], true, true, splits)
        yield named_figures(f"true.{protocol}", "baseline", figures(found, classes))


def protocols(takes: Sequence[TakeInfo], near: DuplicateGroups) -> dict[str, list[Split]]:
    """The splits of the table."""
    return {
        "time_block": time_block(takes),
        "grouped": grouped(takes, near.groups, _FOLDS),
        "time_block_apart": time_block(takes, near.moments),
        "grouped_apart": grouped(takes, near.groups, _FOLDS, near.moments),
    }


def unseen_dancers(clips: Sequence[MotionClip], predict: Predict) -> Iterator[dict[str, float]]:
    """``leave_dancer_out.*``: dancers, or couples, that no training saw; two random cameras train, one other tests.

    Args:
        clips: takes with a genre each, and a group that is their dancer or couple.
        predict: runs a stage with its shipped weights.
    """
    takes, rate = of_clips(clips), [clip.fps for clip in clips]
    classes = sorted({take.genre for take in takes})
    test = camera_takes(film(clips, NOISE, seed=0)[::4], takes, predict)
    train = camera_takes(film(clips, _NOISE, _SEED, "random", 2), takes, predict)
    learn, splits = learners(takes, rate, classes), leave_dancer_out(takes, 3)
    for name in _SOME:
        yield named_figures("leave_dancer_out", name, figures(_tried(learn[name], train, test, splits), classes))


def named_figures(protocol: str, name: str, found: Mapping[str, float]) -> dict[str, float]:
    """Figures under their dotted names; those of ``both`` also under the protocol's name alone.

    Args:
        protocol: name of the protocol.
        name: of the ablation, or ``baseline``.
        found: figures.
    """
    if name == "baseline":
        return {f"baseline.{protocol}.{key}": value for key, value in found.items()}
    out = {f"{protocol}.{name.replace('+', '_')}.{key}": value for key, value in found.items()}
    return out | ({f"{protocol}.{key}": value for key, value in found.items()} if name == "both" else {})


def standing(clips: Sequence[MotionClip]) -> list[Flags]:
    """Per take (T,) whether its dancer stands."""
    found = []
    for clip in clips:
        speed = np.linalg.norm(np.diff(clip.xyz, axis=0, append=clip.xyz[-1:]), axis=-1).mean(1) * clip.fps
        width = max(1, round(clip.fps))
        found.append(np.convolve(speed, np.ones(width) / width, "same") < _DANCES)
    return found


def _tried(
    learner: Learner, train: Sequence[CameraTake], test: Sequence[CameraTake], splits: Sequence[Split]
) -> PredictedWindows:
    return joined([learner(train, test, split) for split in splits])


def _dancing(
    found: PredictedWindows, still: Sequence[Flags], rate: Sequence[float], classes: Sequence[str]
) -> dict[str, float]:
    """Scores of the windows of which the dancer stands in less than half."""
    dances = np.array(
        [
            still[take][round(start * rate[take]) : round((start + WINDOW) * rate[take])].mean() < 0.5
            for take, start in found.window
        ]
    )
    if not dances.any():
        return {}
    some = scores(found.true[dances], found.prob[dances].argmax(1), classes)
    return {"dancing.windows": float(dances.sum()), **{f"dancing.{key}": some[key] for key in ("macro_f1", "accuracy")}}
