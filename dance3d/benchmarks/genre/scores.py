"""Figures of the genre stage: of the shipped classifier, and of its nets on recordings split without leaks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchmetrics.classification import MulticlassConfusionMatrix, MulticlassF1Score

from dance3d.benchmarks.genre.open_set import evidence, known
from dance3d.benchmarks.genre.protocol_run import Predict
from dance3d.benchmarks.genre.protocol_tables import NOISE, ballroom, unseen_dancers
from dance3d.contracts import NONE, NOT_A_DANCE, Genre, MotionClip, Movements, Pose3D
from dance3d.datasets.mocap import bench_folder, load_motion
from dance3d.stages.genre.cross_fitting import held_out
from dance3d.stages.genre.windows import WINDOW
from dance3d.synth.virtual_cameras import film

log = logging.getLogger(__name__)


def bench(data: Path | None, predict: Predict) -> Iterator[dict[str, float]]:
    """Film takes, lift them, read their movements, name their genre.

    The classes of the real data come from one recording campaign each and from few people: the figures say how well
    these recordings are told apart, and only that (``docs/genre-protocols.md``).

    Args:
        data: folder laid out like CMU motion capture, whose whole takes the shipped net names, as ``given``; none for
            all tables of the real data (``DANCE3D_DATA``, else beside the checkout).
        predict: runs a stage with its shipped weights.

    Yields:
        Those of ``shipped``; then, by nets trained here, ``ballroom``, if those recordings are there, and
        ``unseen_dancers`` of the CMU takes.

    Raises:
        ValueError: no such folder.
    """
    yield shipped(data, predict)
    if data:
        return
    folder = bench_folder(data)
    recordings = folder.parent / "ballroom"
    if recordings.is_dir():
        yield from ballroom(load_motion(recordings), predict)
    else:
        log.warning("%s is not there: no figures of the ballroom recordings", recordings)
    yield from unseen_dancers([clip for clip in load_motion(folder) if clip.genre != NONE], predict)


def shipped(data: Path | None, predict: Predict) -> dict[str, float]:
    """Figures of the shipped net; arguments as in ``bench``.

    Returns:
        Behind ``shipped.held_out``, takes that no training of genre saw, or ``given``, whole takes: ``macro_f1`` and
        ``accuracy`` of windows of 5 s and, under ``clip``, of whole stretches; ``windows``, their number;
        ``confusion.<true>.<named>``, shares of each true class's windows; ``known`` and ``known.<true>``, shares of
        stretches that are not called none of the classes; ``evidence.*`` of ``explain.deletion_test``. Behind
        ``shipped.strangers`` the share of takes of no class that are called a class or like one: ``accepted``, and
        ``accepted_as_dance`` without those that are called not a dance.
    """
    clips = load_motion(bench_folder(data))
    if data:
        return _under("given", score([clip for clip in clips if clip.genre != NONE], predict))
    held = held_out([(clip.name, clip.genre, clip.group, clip.split) for clip in clips])
    tested = [clip for clip, out in zip(clips, held, strict=True) if out]
    found = _under("shipped.held_out", score([clip for clip in tested if clip.genre != NONE], predict))
    return found | _under("shipped.strangers", accepted([clip for clip in tested if clip.genre == NONE], predict))


def accepted(clips: Sequence[MotionClip], predict: Predict) -> dict[str, float]:
    """Shares of films of takes of no class; see ``shipped``."""
    poses = predict("lift", {"keypoints": [one.keypoints for one in film(clips, NOISE, seed=0)]})
    found = [one.best for one in predict("genre", {"lift": poses, "motion": predict("motion", {"lift": poses})})]
    shares = {"accepted": {NONE}, "accepted_as_dance": {NONE, NOT_A_DANCE}}
    return {name: round(float(np.mean([best not in some for best in found])), 4) for name, some in shares.items()}


def _under(name: str, found: dict[str, float]) -> dict[str, float]:
    return {f"{name}.{key}": value for key, value in found.items()}


def score(clips: Sequence[MotionClip], predict: Predict) -> dict[str, float]:
    """Figures of takes with a genre each; see ``bench``."""
    filmed = film(clips, NOISE, seed=0)
    poses: list[Pose3D] = predict("lift", {"keypoints": [one.keypoints for one in filmed]})
    moves: list[Movements] = predict("motion", {"lift": poses})
    cut = [
        (number, start, stop)
        for number, pose in enumerate(poses)
        for start, stop in _pieces(pose.frames, round(WINDOW * pose.fps))
    ]
    pieces = {
        "lift": [rows(poses[number], start, stop) for number, start, stop in cut],
        "motion": [rows(moves[number], start, stop) for number, start, stop in cut],
    }
    true = [filmed[number].genre for number, _, _ in cut]
    per_window = predict("genre", pieces)
    per_clip = predict("genre", {"lift": poses, "motion": moves})
    out = {"windows": float(len(cut)), **_figures(true, per_window)}
    whole = _figures([one.genre for one in filmed], per_clip)
    out |= {f"clip.{key}": value for key, value in whole.items() if "confusion" not in key}
    return out | known([one.genre for one in filmed], per_clip) | evidence(poses, moves, per_clip)


def _pieces(frames: int, size: int) -> list[tuple[int, int]]:
    """Neighbouring windows; the rest that is shorter than half a window goes to the one before."""
    count = max(1, round(frames / size))
    edges = np.linspace(0, frames, count + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def rows(track: Any, start: int, stop: int) -> Any:
    """Some rows of a pose or of movements.

    Args:
        track: a pose or movements.
        start: first row.
        stop: one past the last row.
    """
    of_pose = ("xyz", "measured", "error", "root", "doubt", "extremities")
    names = of_pose if isinstance(track, Pose3D) else ("prob", "words")
    cut = {n: getattr(track, n)[start:stop] for n in (*names, "time") if getattr(track, n) is not None}
    return replace(track, **cut)


def _figures(true: Sequence[str], found: Sequence[Genre]) -> dict[str, float]:
    classes = sorted({*true, *(name for genre in found for name in genre.classes)})
    target = torch.tensor([classes.index(name) for name in true])
    named = torch.tensor([classes.index(genre.likeliest) for genre in found])
    confusion = MulticlassConfusionMatrix(len(classes))
    f1 = MulticlassF1Score(len(classes), average="none")
    present = torch.tensor(sorted(set(target.tolist())))
    counts = confusion(named, target)
    share = counts / counts.sum(1, keepdim=True).clamp_min(1)
    out = {
        "macro_f1": round(float(f1(named, target)[present].mean()), 4),
        "accuracy": round(float((named == target).float().mean()), 4),
    }
    for row in present.tolist():
        for column, name in enumerate(classes):
            out[f"confusion.{classes[row]}.{name}"] = round(float(share[row, column]), 4)
    return out
