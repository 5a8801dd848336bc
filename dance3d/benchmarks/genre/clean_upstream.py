"""Genre figures whose whole upstream is clean: no lifter and no recogniser learned from the takes that it reads.

The training set is cross-fitted (recipe ``cross_fitted``): every film was lifted and recognised by the nets of its
fold. Then genres are cross-fitted as well (``stages.genre.cross_fitting``): dancers are left out where a class has
several, else takes. Calibration and thresholds that judge one fold come from the answers to the other folds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.benchmarks.genre.boosted_trees import trees
from dance3d.benchmarks.genre.fold_answers import FoldAnswers, opened, scored
from dance3d.benchmarks.genre.protocol_run import fit
from dance3d.contracts import NONE, MotionClip, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.stages.genre.cross_fitting import FOLDS, fold_numbers, held_strangers
from dance3d.stages.genre.features import POOL, Features, make
from dance3d.stages.genre.laban_features import describe, rows_of
from dance3d.stages.genre.model import GenreNet
from dance3d.stages.genre.nearness import deviation, distances
from dance3d.stages.genre.protocols import TakeInfo
from dance3d.stages.genre.track_splits import Piece
from dance3d.stages.genre.windows import STEPS, stack_windows
from dance3d.synth.virtual_cameras import film
from dance3d.timeseries.segments import segments

STEPS_TRAINED = 300
"""Chosen: batches that each net learns from; no score stops it earlier."""
_SHORTEST = 20  # steps of a window that is scored; chosen
_NOISE = 5.0  # pixels, of the films of strangers that no training set has
Predict = Callable[[str, Mapping[str, Any]], list[Any]]


@dataclass(frozen=True, eq=False)
class GenreTrack:
    """One film of the training set.

    Attributes:
        info: of its take; ``frames`` are steps of the features.
        pose: as lifted.
        features: what nets read.
    """

    info: TakeInfo
    pose: Pose3D
    features: Features


@dataclass(frozen=True, eq=False)
class ScoredWindows:
    """N windows of tracks.

    Attributes:
        values, present: (N, STEPS, D) and (N, STEPS).
        laban: (N, F) statistics of the same poses.
        track: (N,) numbers of the tracks.
    """

    values: NDArray[np.float32]
    present: NDArray[np.float32]
    laban: NDArray[np.float64]
    track: NDArray[np.intp]


def read(index: Path, poses: Path, movements: Path) -> list[GenreTrack]:
    """The films of a training set that have a genre or are of no class.

    Args:
        index: ``index.json`` of the set.
        poses: folder, aligned with it.
        movements: folder, aligned with it.
    """
    found = []
    for number, line in enumerate(json.loads(index.read_text())):
        if line["genre"]:
            pose = artefacts.load(poses / f"{number:04d}.npz", Pose3D)
            features = make(pose, artefacts.load(movements / f"{number:04d}.npz", Movements))
            info = TakeInfo(line["name"], line["genre"], len(features.values), line["group"])
            found.append(GenreTrack(info, pose, features))
    return found


def strangers(clips: Mapping[str, Sequence[MotionClip]], predict: Predict) -> dict[str, list[GenreTrack]]:
    """Films of motion that no net of any stage learned from, read by the shipped nets, by kind.

    Args:
        clips: takes by kind.
        predict: runs a stage with its shipped weights.
    """
    out = {}
    for kind, takes in clips.items():
        poses = predict("lift", {"keypoints": [one.keypoints for one in film(takes, _NOISE, seed=0)[::4]]})
        tracks = [
            (pose, make(pose, moves)) for pose, moves in zip(poses, predict("motion", {"lift": poses}), strict=True)
        ]
        out[kind] = [GenreTrack(TakeInfo("", NONE, len(f.values)), pose, f) for pose, f in tracks]
    return out


def windows(tracks: Sequence[GenreTrack], spans: Sequence[tuple[int, int, int]]) -> ScoredWindows:
    """Neighbouring windows of parts of tracks; what is shorter than a window is one that begins late.

    Args:
        tracks: of which the parts are.
        spans: (track, start, stop) steps of the parts.
    """
    values, present, laban, number = [], [], [], []
    rows: dict[int, Any] = {}
    for track, start, stop in spans:
        one = tracks[track]
        edges = np.linspace(start, stop, max(1, round((stop - start) / STEPS)) + 1).round().astype(int)
        cut = [(int(max(a, b - STEPS)), int(b)) for a, b in pairwise(edges)]
        cut = [(a, b) for a, b in cut if one.features.present[a:b].sum() >= _SHORTEST]
        if not cut:
            continue
        stacked = stack_windows(one.features, cut)
        values.append(stacked[0])
        present.append(stacked[1])
        posture, path, _ = rows.setdefault(track, rows_of(one.pose)) if track not in rows else rows[track]
        laban += [describe(posture[POOL * a : POOL * b], path[POOL * a : POOL * b]) for a, b in cut]
        number += [track] * len(cut)
    return ScoredWindows(np.concatenate(values), np.concatenate(present), np.stack(laban), np.array(number, np.intp))


def cross_fit(
    tracks: Sequence[GenreTrack],
    asked: Mapping[str, Sequence[GenreTrack]],
    classes: Sequence[str],
    seed: int,
    **form: Any,
) -> FoldAnswers:
    """Train a net and trees without each fold, and ask them about it and about strangers.

    Args:
        tracks: of the training set.
        asked: strangers that nothing is tuned on, by kind.
        classes: names.
        seed: of nets and trees.
        form: of the nets, as of ``fit``.
    """
    held = held_strangers(one.info.dancer for one in tracks if one.info.genre == NONE)
    used = [one for one in tracks if one.info.genre != NONE or one.info.dancer not in held]
    numbers = fold_numbers([one.info for one in used])
    parts = [
        (track, int(a), int(b), int(fold))
        for track, row in enumerate(numbers)
        for fold in np.unique(row)
        for a, b in segments(row == fold)
    ]
    genre = [classes.index(one.info.genre) if one.info.genre in classes else len(classes) for one in used]
    kept = {
        kind: windows(some, [(n, 0, len(one.features.values)) for n, one in enumerate(some)])
        for kind, some in asked.items()
    }
    out: dict[str, list[Any]] = {name: [] for name in ("true", "fold", "logits", "track", "trees", "far", "tuned")}
    strange: dict[str, list[tuple[Tensor, Tensor]]] = {kind: [] for kind in kept}
    for number in range(FOLDS):
        train = [part for part in parts if part[3] != number]
        pieces = [Piece(used[t].features, (a, b), genre[t], used[t].info.dancer) for t, a, b, _ in train]
        net = fit(pieces, classes, batches=STEPS_TRAINED, seed=seed, **form)
        here = windows(used, [part[:3] for part in parts if part[3] == number])
        logits, true = _logits(net, here), np.array(genre)[here.track]
        known = true < len(classes)
        grown = windows(used, [part[:3] for part in train if genre[part[0]] < len(classes)])
        label = np.array(genre)[grown.track]
        out["trees"].append(trees(grown.laban, label, here.laban[known], len(classes), seed))
        kept_near = torch.from_numpy(grown.laban), torch.from_numpy(label)
        near = (*kept_near, deviation(*kept_near))
        far = distances(torch.from_numpy(here.laban), logits.argmax(1), *near)
        out["far"].append(far[known])
        out["true"].append(true[known])
        out["fold"].append(np.full(known.sum(), number))
        out["logits"].append(logits[known])
        out["track"].append(here.track[known])
        out["tuned"].append((logits[~known], far[~known]))
        for kind, some in kept.items():
            said = _logits(net, some)
            strange[kind].append((said, distances(torch.from_numpy(some.laban), said.argmax(1), *near)))
    joined: dict[str, Any] = {name: np.concatenate(out[name]) for name in ("true", "fold", "track", "trees")}
    joined |= {name: torch.cat(out[name]) for name in ("logits", "far")}
    return FoldAnswers(**joined, tuned=out["tuned"], strange=strange)


@torch.inference_mode()
def _logits(net: GenreNet, some: ScoredWindows) -> Tensor:
    parts = zip(*(torch.split(torch.from_numpy(a), 256) for a in (some.values, some.present)), strict=True)
    return torch.cat([net(*part) for part in parts]).double()


def clean(
    index: Path, poses: Path, movements: Path, asked: Mapping[str, Sequence[MotionClip]], predict: Predict
) -> Iterator[dict[str, float]]:
    """All figures of a cross-fitted training set, by two seeds.

    Args:
        index: ``index.json`` of the set.
        poses: folder, aligned with it.
        movements: folder, aligned with it.
        asked: takes of motion of no class that nothing learned from, by kind.
        predict: runs a stage with its shipped weights.

    Yields:
        ``clean.net.*`` and ``clean.trees.*`` of ``scored``, ``clean.hdvr.*`` of HDVR's own form of the net,
        ``clean.open.*`` of ``opened``; behind ``seed2`` those of a second seed.
    """
    tracks = read(index, poses, movements)
    classes = sorted({one.info.genre for one in tracks} - {NONE})
    held = held_strangers(one.info.dancer for one in tracks if one.info.genre == NONE)
    strange = {
        f"stylised.{group}": [t for t in tracks if t.info.genre == NONE and t.info.dancer == group]
        for group in sorted(held)
    }
    strange |= strangers(asked, predict)
    for prefix, seed in (("clean", 0), ("clean.seed2", 1)):
        found = cross_fit(tracks, strange, classes, seed, reads="pose3d", exposed=True)
        yield {f"{prefix}.open.{key}": value for key, value in opened(found, classes).items()}
        for name, figures_ in scored(found, classes):
            yield {f"{prefix}.{name}.{key}": value for key, value in figures_.items()}
        found = cross_fit(tracks, {}, classes, seed, reads="both", hdvr=True)
        yield {f"{prefix}.hdvr.{key}": value for key, value in dict(scored(found, classes))["net"].items()}
