"""One protocol: filmed takes, a split, and a learner that trains on one side and classifies windows of the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics.classification import MulticlassF1Score

from dance3d.benchmarks.genre.boosted_trees import trees
from dance3d.contracts import Pose3D
from dance3d.datasets.device_batches import CPU
from dance3d.metrics import TopCalibration
from dance3d.stages.genre.data import RandomWindows
from dance3d.stages.genre.features import BLOCKS, FPS, READS, STEP, Features, make
from dance3d.stages.genre.laban_features import describe, rows_of
from dance3d.stages.genre.model import GenreNet
from dance3d.stages.genre.outlier_exposure import exposed_loss
from dance3d.stages.genre.protocols import Split, TakeInfo, TakeWindow
from dance3d.stages.genre.track_splits import Piece, statistics
from dance3d.stages.genre.windows import STEPS, WINDOW
from dance3d.synth.virtual_cameras import Filmed

Array = NDArray[np.float64]
Whole = NDArray[np.intp]
Predict = Callable[[str, Mapping[str, Any]], list[Any]]
TRAINING = 500
"""Batches that a net of the tables trains on: a fixed number, so that a busy machine changes nothing."""
EXPOSURE = 0.5
"""Weight of outlier exposure; as that of ``GenreModule``."""
_HOP = 1.25  # seconds between two windows that grow trees
_LEAST = 1.5  # seconds of a stretch that trains
_BATCH, _RATE, _DECAY, _SMOOTHING = (
    64,
    2e-3,
    0.05,
    0.05,
)  # batch, learning rate, weight decay, label smoothing


class Window(NamedTuple):
    """The window of take number ``take`` that begins at second ``start``."""

    take: int
    start: float


@dataclass(frozen=True, eq=False)
class CameraTake:
    """One take as one camera saw it.

    Attributes:
        take: its number.
        pose: estimated, or true.
        features: what nets read; none for true poses.
    """

    take: int
    pose: Pose3D
    features: Features | None = None


def camera_takes(filmed: Sequence[Filmed], takes: Sequence[TakeInfo], predict: Predict) -> list[CameraTake]:
    """Poses and features of filmed takes, by the shipped stages.

    Args:
        filmed: takes filmed by cameras.
        takes: what is known of the takes.
        predict: runs a stage with its shipped weights.
    """
    numbers = {take.name: number for number, take in enumerate(takes)}
    poses: list[Pose3D] = predict("lift", {"keypoints": [one.keypoints for one in filmed]})
    moves = predict("motion", {"lift": poses})
    return [
        CameraTake(numbers[one.name], pose, make(pose, movements, one.keypoints))
        for one, pose, movements in zip(filmed, poses, moves, strict=True)
    ]


def cut(side: Sequence[TakeWindow], rate: Sequence[float], hop: float = WINDOW) -> list[Window]:
    """Whole windows inside stretches, spread evenly, about ``hop`` seconds apart.

    Args:
        side: of a split.
        rate: frames per second of every take.
        hop: seconds.
    """
    found = []
    for take, start, stop in side:
        room = (stop - start) / rate[take] - WINDOW
        if room > -1 / rate[take]:
            count = int(max(room, 0) / hop + 1e-6) + 1
            found += [Window(take, float(s)) for s in start / rate[take] + np.linspace(0, max(room, 0), count)]
    return found


@dataclass(frozen=True, eq=False)
class PredictedWindows:
    """Windows with their true class and the probabilities of a learner.

    Attributes:
        true: (N,) class numbers.
        prob: (N, G).
        clip: (N,) number of the take and camera, which clip-level scores take together.
        window: (N,) the window of each row.
    """

    true: Whole
    prob: Array
    clip: Whole
    window: list[Window]


Learner = Callable[[Sequence[CameraTake], Sequence[CameraTake], Split], PredictedWindows]
"""Training tracks, test tracks and a split in; every window of the test side, seen by every camera, out."""


def learners(takes: Sequence[TakeInfo], rate: Sequence[float], classes: Sequence[str]) -> dict[str, Learner]:
    """The nets of all ablations, HDVR's own form as ``hdvr``, and boosted trees as ``baseline``.

    Args:
        takes: what is known of the takes.
        rate: frames per second of each take.
        classes: names of the genres.
    """
    genre = [classes.index(take.genre) for take in takes]

    def rows(test: Sequence[CameraTake], split: Split) -> list[tuple[int, CameraTake, Window]]:
        windows = cut(split.test, rate)
        return [(n, one, w) for n, one in enumerate(test) for w in windows if w.take == one.take]

    def named(found: list[tuple[int, CameraTake, Window]], prob: Array) -> PredictedWindows:
        true = np.array([genre[w.take] for _, _, w in found], np.intp)
        return PredictedWindows(true, prob, np.array([n for n, _, _ in found], np.intp), [w for _, _, w in found])

    def net(reads: str, hdvr: bool = False) -> Learner:
        def learn(train: Sequence[CameraTake], test: Sequence[CameraTake], split: Split) -> PredictedWindows:
            pieces = [
                Piece(_features(one), (np.ceil(start).astype(int), int(stop)), genre[take], takes[take].dancer)
                for one in train
                for take, *frames in split.train
                if take == one.take
                for start, stop in [np.array(frames) / rate[take] / STEP + [-1e-6, 1e-6]]
                if stop - start >= _LEAST / STEP
            ]
            found = rows(test, split)
            values = np.stack([_window(_features(one), w) for _, one, w in found])
            return named(found, _probabilities(fit(pieces, classes, reads, TRAINING, hdvr=hdvr), values))

        return learn

    def baseline(train: Sequence[CameraTake], test: Sequence[CameraTake], split: Split) -> PredictedWindows:
        windows = cut(split.train, rate, _HOP)
        given = [(one, w) for one in train for w in windows if w.take == one.take]
        found = rows(test, split)
        label = np.array([genre[w.take] for _, w in given], np.intp)
        known, asked = (_laban(pairs) for pairs in (given, [(one, w) for _, one, w in found]))
        return named(found, trees(known, label, asked, len(classes)))

    return {**{reads: net(reads) for reads in READS}, "hdvr": net("both", hdvr=True), "baseline": baseline}


def fit(
    pieces: Sequence[Piece],
    classes: Sequence[str],
    reads: str,
    batches: int,
    seed: int = 0,
    hdvr: bool = False,
    exposed: bool = False,
) -> GenreNet:
    """A net trained on pieces with AdamW and one cycle of the learning rate; no score chooses anything.

    Args:
        pieces: training data.
        classes: names of the genres.
        reads: which blocks of features the net reads, a key of ``READS``.
        batches: to train for.
        seed: of weights and batches.
        hdvr: the net and the loss of HDVR, as in ``configs/genre_paper.yaml``.
        exposed: with outlier exposure, as the shipped net (``exposed_loss``); pieces may then be of no class.
    """
    torch.manual_seed(seed)
    blocks = tuple((BLOCKS[name].start, BLOCKS[name].stop) for name in READS[reads])
    width = pieces[0].features.values.shape[1]
    net = GenreNet(tuple(classes), width, blocks, pooled=not hdvr, embedded=not hdvr)
    known = [piece for piece in pieces if piece.genre < len(classes)]
    pieces = pieces if exposed else known
    net.standardise(*statistics(known))
    drawn = RandomWindows(pieces, _BATCH, batches, tempo=0.25, noise=0.05, bias=0.03)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=batches, pct_start=0.1)
    net.train()
    for number in range(batches):
        batch = drawn.windows(drawn[number], CPU)
        smoothing, strange = 0.0 if hdvr else _SMOOTHING, EXPOSURE if exposed else 0.0
        loss = exposed_loss(net, batch.features, batch.present, batch.genre, batch.features, smoothing, strange)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        rate.step()
    return net.eval()


def joined(parts: Sequence[PredictedWindows]) -> PredictedWindows:
    """The predictions of all folds together."""
    first = np.cumsum([0, *(int(part.clip.max(initial=-1)) + 1 for part in parts)])
    return PredictedWindows(
        np.concatenate([part.true for part in parts]),
        np.concatenate([part.prob for part in parts]),
        np.concatenate([part.clip + start for part, start in zip(parts, first, strict=False)]),
        [window for part in parts for window in part.window],
    )


def figures(found: PredictedWindows, classes: Sequence[str]) -> dict[str, float]:
    """``macro_f1``, ``accuracy``, ``ece``, ``f1.<class>`` and number of ``windows``; ``clip.macro_f1``, ``.accuracy``.

    A clip is all that is tested of one take by one camera in one fold, named by its windows' mean.
    """
    clips = np.unique(found.clip, return_inverse=True)[1]
    mean = np.zeros((clips.max() + 1, len(classes)))
    np.add.at(mean, clips, found.prob)
    whole = np.zeros(len(mean), np.intp)
    whole[clips] = found.true
    calibration = TopCalibration()
    calibration.update(torch.from_numpy(found.prob).clamp_min(1e-9).log(), torch.from_numpy(found.true))
    out = scores(found.true, found.prob.argmax(1), classes) | {"ece": round(float(calibration.compute()), 4)}
    per_clip = scores(whole, mean.argmax(1), classes)
    return out | {"windows": float(len(clips)), **{f"clip.{name}": per_clip[name] for name in ("macro_f1", "accuracy")}}


def scores(true: Whole, named: Whole, classes: Sequence[str]) -> dict[str, float]:
    """``macro_f1`` over the classes that occur, ``accuracy``, and ``f1.<class>``.

    Args:
        true: (N,) classes.
        named: (N,) classes that were predicted.
        classes: their names.
    """
    f1 = MulticlassF1Score(len(classes), average="none")(torch.from_numpy(named), torch.from_numpy(true))
    there = sorted(set(true.tolist()))
    return {
        "macro_f1": round(float(f1[there].mean()), 4),
        "accuracy": round(float((true == named).mean()), 4),
        **{f"f1.{classes[k]}": round(float(f1[k]), 4) for k in there},
    }


def _features(one: CameraTake) -> Features:
    assert one.features is not None
    return one.features


def _window(features: Features, window: Window) -> NDArray[np.float32]:
    start = max(0, min(round(window.start / STEP), len(features.values) - STEPS))
    return features.values[start : start + STEPS]


@torch.inference_mode()
def _probabilities(net: GenreNet, values: NDArray[np.float32]) -> Array:
    parts = torch.split(torch.from_numpy(values), 256)
    prob = torch.cat([net(part, torch.ones(part.shape[:2])).softmax(-1) for part in parts])
    return np.asarray(prob.numpy(), np.float64)


def _laban(pairs: Sequence[tuple[CameraTake, Window]]) -> Array:
    """(N, F) statistics of windows."""
    out, size = [], round(WINDOW * FPS)
    last, rows, path = None, np.zeros(0), np.zeros(0)
    for one, window in pairs:
        if one is not last:
            last, (rows, path, _) = one, rows_of(one.pose)
        start = max(0, min(round(window.start * FPS), len(rows) - size))
        out.append(describe(rows[start : start + size], path[start : start + size]))
    return np.stack(out)
