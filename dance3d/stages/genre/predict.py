"""Inference of the genre, with its evidence, from movements and poses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.contracts import Genre, Movements, Pose3D, Segment
from dance3d.stages.genre import explain
from dance3d.stages.genre.aggregate import with_weights
from dance3d.stages.genre.features import BLOCKS, STEP, Features, make
from dance3d.stages.genre.model import GenreNet
from dance3d.stages.genre.nearness import statistics_of
from dance3d.stages.genre.settings import GenreSettings
from dance3d.stages.genre.windows import stack_windows, windows
from dance3d.stages.inference_device import on_device, one_thread
from dance3d.stages.stored_nets import kept_net, stored_net

_BATCH = 512


@one_thread()
def predict(inputs: Mapping[str, Any], settings: GenreSettings, weights: Path | None) -> list[Genre]:
    """Classify the dance of every track.

    Args:
        inputs: ``motion``: list of ``Movements``; ``lift``: list of ``Pose3D``, track by track.
        settings: of the stage.
        weights: of the genre net.

    Returns:
        One genre per track, each with its weight, as if they were the dancers of one clip; equal probabilities, and not
        known, where nobody was seen.

    Raises:
        ValueError: no weights, weights of a net that reads joints in the image, which only benchmarks provide, or
            movements and poses that do not belong together.
    """
    if weights is None:
        raise ValueError("genre needs weights; pass a file or use the default")
    motion, lift = inputs["motion"], inputs["lift"]
    if len(motion) != len(lift):
        raise ValueError(f"genre reads {len(motion)} tracks of movements and {len(lift)} of poses; expected as many")
    net = on_device(kept_net(weights, load))
    if any(stop > BLOCKS["pose2d"].start for _, stop in net.blocks):
        raise ValueError(f"{weights} reads joints on the picture, which only trials give; train with model.reads both")
    tracks = [make(*track) for track in zip(lift, motion, strict=True)]
    found = [
        classify_features(net, one, pose.person, settings.evidence) for one, pose in zip(tracks, lift, strict=True)
    ]
    return with_weights(found, [float(one.present.sum()) * STEP for one in tracks])


def load(path: Path) -> GenreNet:
    """The net of a weights file, in evaluation mode."""
    return stored_net(path, "genre", lambda config: GenreNet(**{**config, "classes": tuple(config["classes"])}))


def classify(net: GenreNet, pose: Pose3D, movements: Movements, evidence: int = GenreSettings.evidence) -> Genre:
    """Classify the dance of one track; see ``predict``.

    Args:
        net: in evaluation mode.
        pose: of the dancer.
        movements: row by row as the pose.
        evidence: largest number of pieces of evidence.
    """
    return classify_features(net, make(pose, movements), pose.person, evidence)


def classify_features(
    net: GenreNet, features: Features, person: int = 1, evidence: int = GenreSettings.evidence
) -> Genre:
    """Classify the dance of features; see ``predict``.

    Args:
        net: in evaluation mode.
        features: of one track.
        person: number of the dancer.
        evidence: largest number of pieces of evidence.
    """
    spans = windows(features.present)
    if not spans:
        even = np.full(len(net.classes), 1 / len(net.classes))
        return Genre(prob=even, classes=net.classes, person=person, known=0.0, least=net.least)
    values, present = stack_windows(features, spans)
    prob, known = probabilities(net, values, present, statistics_of(features, spans) if net.kept else None)
    share = present.mean(1) / present.mean(1).sum()
    total = share @ prob
    total = total / total.sum()
    best = int(total.argmax())
    return Genre(
        prob=total,
        classes=net.classes,
        evidence=explain.explain(decision(net, features, best), evidence),
        person=person,
        known=float(np.clip(share @ known, 0, 1)),
        segments=tuple(_segment(features, *row) for row in zip(spans, prob, known, strict=True)),
        least=net.least,
    )


def decision(net: GenreNet, features: Features, genre: int) -> explain.Decision:
    """The decision for one class, which ``explain`` explains; the track must show a person.

    Args:
        net: in evaluation mode.
        features: of one track.
        genre: number of the class.
    """
    spans = windows(features.present)
    seen = np.array([features.present[i:j].sum() for i, j in spans])

    def ask(values: NDArray[np.float32], present: NDArray[np.float32]) -> NDArray[np.float64]:
        return probabilities(net, values, present)[0][:, genre]

    return explain.Decision(features, spans, seen / seen.sum(), net.mean.cpu().numpy(), ask)


def probabilities(
    net: GenreNet,
    values: NDArray[np.float32],
    present: NDArray[np.float32],
    statistics: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities of windows.

    Args:
        net: in evaluation mode.
        values: (N, STEPS, D) features.
        present: (N, STEPS) presence.
        statistics: (N, F) of the windows, as ``GenreNet.answer`` reads them.

    Returns:
        (N, G) of the classes, and (N,) that the dance is any of them.
    """
    given = [array for array in (values, present, statistics) if array is not None]
    parts = zip(*(torch.split(torch.from_numpy(array), _BATCH) for array in given), strict=True)
    with torch.no_grad():
        found = [net.answer(*(array.to(net.mean.device) for array in part)) for part in parts]
    prob, known = (torch.cat(rows).double().cpu().numpy() for rows in zip(*found, strict=True))
    return prob, known


def _segment(features: Features, span: tuple[int, int], prob: NDArray[np.float64], known: float) -> Segment:
    start, stop = features.time[span[0]] - STEP / 2, features.time[span[1] - 1] + STEP / 2
    shares = tuple(round(float(p), 4) for p in prob)
    return Segment(round(max(float(start), 0.0), 3), round(float(stop), 3), shares, round(float(known), 4))
