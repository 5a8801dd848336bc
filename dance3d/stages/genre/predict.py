"""Movements and poses in, genre and its evidence out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Evidence, Genre, Movements, Pose3D
from dance3d.io import weights as files
from dance3d.stages.genre.features import MOVES, STEP, WIDTH, Features, make
from dance3d.stages.genre.model import GenreNet
from dance3d.vocabulary import MOVEMENTS

WINDOW = 5.0
"""Seconds that the net sees at once."""
STEPS = round(WINDOW / STEP)
_LEAST = 0.2  # share of a window in which there must be a person
_ACTIVE = 0.5  # probability above which a movement counts as made
_JOIN = 1.0  # seconds of pause that one piece of evidence may bridge
_TWICE = 2  # pieces of evidence that one movement may give
_BATCH = 1024


def predict(inputs: Mapping[str, Any], settings: Mapping[str, Any], weights: Path | None) -> list[Genre]:
    """Name the dance of every track.

    Args:
        inputs: ``motion``: list of ``Movements``; ``lift``: list of ``Pose3D``, track by track.
        settings: ``evidence``: most pieces of evidence to give, 5 if not said.
        weights: of the genre net.

    Returns:
        One genre per track; all classes alike, without evidence, where nobody was seen.

    Raises:
        ValueError: no weights, or movements and poses that do not belong together.
    """
    if weights is None:
        raise ValueError("genre needs weights; pass a file or use the default")
    motion, lift = inputs["motion"], inputs["lift"]
    if len(motion) != len(lift):
        raise ValueError(f"genre reads {len(motion)} tracks of movements and {len(lift)} of poses; expected as many")
    net = load(weights)
    return [classify(net, pose, moves, settings.get("evidence", 5)) for pose, moves in zip(lift, motion, strict=True)]


def load(path: Path) -> GenreNet:
    """The net of a weights file, ready to classify."""
    arrays, config = files.load(path, "genre")
    if "blocks" not in config:  # weights from before the joints on the picture could be read
        more = WIDTH - config["inputs"]
        arrays["mean"] = np.append(arrays["mean"], np.zeros(more, np.float32))
        arrays["scale"] = np.append(arrays["scale"], np.ones(more, np.float32))
        config = config | {"blocks": [[0, config["inputs"]]], "inputs": WIDTH, "pooled": False}
    net = GenreNet(**{**config, "classes": tuple(config["classes"])})
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    return net.eval()


def classify(net: GenreNet, pose: Pose3D, movements: Movements, evidence: int = 5) -> Genre:
    """Name the dance of one track; see ``predict``."""
    features = make(pose, movements)
    spans = windows(features.present)
    if not spans:
        even = np.full(len(net.classes), 1 / len(net.classes))
        return Genre(prob=even, classes=net.classes, person=pose.person)
    values, present = (torch.from_numpy(np.stack([late(a[i:j]) for i, j in spans])) for a in features[:2])
    prob = _probabilities(net, values, present)
    share = present.mean(1) / present.mean(1).sum()
    total = (prob * share[:, None]).sum(0).double().numpy()
    total = total / total.sum()
    best = int(total.argmax())
    drops = _occlude(net, values, present, prob, best) * share.numpy()[:, None] if evidence > 0 else None
    found = () if drops is None else _evidence(features, spans, drops, evidence)
    return Genre(prob=total, classes=net.classes, evidence=found, person=pose.person)


def windows(present: NDArray[np.floating]) -> list[tuple[int, int]]:
    """(start, stop) steps of the windows in which somebody is seen; they overlap by half, a short clip is one."""
    frames, size = len(present), STEPS
    starts = sorted({*range(0, frames - size, size // 2), frames - size}) if frames > size else [0]
    return [(i, min(i + size, frames)) for i in starts if present[i : i + size].mean() >= _LEAST]


def late(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(STEPS, ...) of a window that may be shorter: nobody is there until it begins."""
    return np.concatenate([np.zeros((STEPS - len(rows), *rows.shape[1:]), np.float32), rows])


@torch.inference_mode()
def _probabilities(net: GenreNet, values: Tensor, present: Tensor) -> Tensor:
    """(N, G) of N windows."""
    parts = [
        net(v, p).softmax(-1) for v, p in zip(torch.split(values, _BATCH), torch.split(present, _BATCH), strict=True)
    ]
    return torch.cat(parts)


def _occlude(net: GenreNet, values: Tensor, present: Tensor, prob: Tensor, best: int) -> NDArray[np.float64]:
    """How far the best class of each window falls when one movement is hidden: (W, 154), 0 where it is not made.

    A hidden movement takes its usual level wherever it is above it.

    Source: Zeiler & Fergus, ECCV 2014, occlusion sensitivity.
    """
    active = (values[..., :MOVES] > _ACTIVE).any(1)
    pairs = active.nonzero()
    out = np.zeros(active.shape)
    usual = net.mean[:MOVES]
    for part in torch.split(pairs, _BATCH):
        window, movement = part.unbind(1)
        hidden = values[window]
        rows = torch.arange(len(part))
        column = hidden[rows, :, movement]
        hidden[rows, :, movement] = torch.minimum(column, usual[movement, None])
        after = _probabilities(net, hidden, present[window])[:, best]
        out[window.numpy(), movement.numpy()] = (prob[window, best] - after).numpy()
    return out


def _evidence(
    features: Features, spans: Sequence[tuple[int, int]], drops: NDArray[np.float64], most: int
) -> tuple[Evidence, ...]:
    """The strongest pieces: a window's drop is shared among the steps in which the movement is made, then summed."""
    moves = features.values[:, :MOVES] > _ACTIVE
    weight = np.zeros(moves.shape)
    for (i, j), drop in zip(spans, drops, strict=True):
        made = moves[i:j]
        weight[i:j] += made * drop / np.maximum(made.sum(0), 1)
    found = []
    for column in np.flatnonzero(weight.sum(0) > 0):
        steps = np.flatnonzero(moves[:, column] & (weight[:, column] != 0))
        for run in np.split(steps, np.flatnonzero(np.diff(steps) * STEP > _JOIN) + 1):
            start, stop = (float(features.time[run[k]]) + sign * STEP / 2 for k, sign in ((0, -1), (-1, 1)))
            strength = float(weight[run, column].sum())
            if strength > 0:
                found.append(Evidence(MOVEMENTS[column].name, round(max(start, 0.0), 3), round(stop, 3), strength))
    found.sort(key=lambda e: -e.weight)
    kept: list[Evidence] = []
    count: Counter[str] = Counter()
    for piece in found:
        count[piece.movement] += 1
        if count[piece.movement] <= _TWICE and len(kept) < most:
            kept.append(piece)
    return tuple(kept)
