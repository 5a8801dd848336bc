"""A user's own classes from few videos: a linear layer is fitted to what the shipped net makes of their windows.

The net itself stays as it is, so the result is an ordinary genre net. Five videos a class are too few to train all of
it; they are enough for a layer that is held back by a penalty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from dance3d.contracts import KNOWN, NONE, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.stages.genre.features import Features, make, mirror
from dance3d.stages.genre.head_scores import HeadScores
from dance3d.stages.genre.model import GenreNet, open_set_scores
from dance3d.stages.genre.open_set import fit_open_set, fit_temperature
from dance3d.stages.genre.outlier_exposure import outlier_windows
from dance3d.stages.genre.predict import load
from dance3d.stages.genre.windows import stack_windows, windows
from dance3d.stages.linear_layer import SPREAD, fit_linear
from dance3d.stages.stored_nets import store_net

Array = NDArray[np.float64]
Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Examples:
    """Windows of labelled videos, and what the shipped net makes of them.

    Attributes:
        states: (N, S) of the windows, and (N, S) of their mirror images.
        values, present: (N, STEPS, D) and (N, STEPS) features and presence.
        video: (N,) number of the window's video.
        names, groups: (V,) of the videos; a group's videos are left out together.
        genre: (V,) class of each.
        classes: names.
    """

    states: tuple[Array, Array]
    values: Tensor
    present: Tensor
    video: Whole
    names: tuple[str, ...]
    groups: tuple[str, ...]
    genre: Whole
    classes: tuple[str, ...]

    @property
    def raw(self) -> Array:
        """(V, 2 D) mean and deviation over time of every video's features, standardised over the videos."""
        rows = []
        for video in range(len(self.names)):
            seen = self.values[self.video == video][self.present[self.video == video] > 0.5].numpy()
            rows.append(np.concatenate([seen.mean(0), seen.std(0)]))
        found = np.array(rows, float)
        return np.asarray((found - found.mean(0)) / np.maximum(found.std(0), SPREAD))


def train(folders: Mapping[str, str], shipped: Path, to: Path) -> dict[str, Any]:
    """Fit a layer to a training set of a user's videos, and write the net.

    Args:
        folders: ``index``, ``poses`` and ``movements`` as of ``GenreData``.
        shipped: weights whose net is kept.
        to: file of weights.

    Returns:
        The cross-validated scores, as ``HeadScores.plain``.

    Raises:
        ValueError: fewer than two classes, or a class without two groups of videos in which somebody is seen.
    """
    net = load(shipped)
    found = read_examples(folders, net)
    whole, scores = cross_validated(net, found)
    store_net(to, "genre", whole, whole.config)
    return scores.plain


def read_examples(folders: Mapping[str, str], net: GenreNet) -> Examples:
    """The windows of a training set as a net sees them; see ``train``."""
    lines = json.loads(Path(folders["index"]).read_text())
    tracks = []
    for number, line in enumerate(lines):
        place = f"{number:04d}.npz"
        pose = artefacts.load(Path(folders["poses"]) / place, Pose3D)
        moves = artefacts.load(Path(folders["movements"]) / place, Movements)
        if line["genre"] not in ("", NONE):
            tracks.append((line["name"], line["group"], line["genre"], make(pose, moves)))
    return examples_of(tracks, net)


def examples_of(tracks: Sequence[tuple[str, str, str, Features]], net: GenreNet) -> Examples:
    """Windows of tracks, of which a video may have several.

    Args:
        tracks: name of the video, its group, its class, and features.
        net: that looks at them.

    Raises:
        ValueError: as of ``train``.
    """
    shown = [(track, spans) for track in tracks if (spans := windows(track[3].present))]
    videos = list({(name, group, genre): None for (name, group, genre, _), _ in shown})
    classes = tuple(sorted({track[2] for track in tracks}))
    groups = {genre: {group for _, group, other in videos if other == genre} for genre in classes}
    if few := [genre for genre in classes if len(groups[genre]) < 2]:
        raise ValueError(
            f"{few[0]} has {len(groups[few[0]])} videos (or dancers) in which somebody is seen; "
            "two are needed, as each is once left out; or train all of the net with --head no"
        )
    if len(classes) < 2:
        raise ValueError(f"there is one class, {', '.join(classes)}; expected two or more")
    stacked = [stack_windows(track[3], spans) for track, spans in shown]
    values, present = (np.concatenate(rows) for rows in zip(*stacked, strict=True))
    video = np.concatenate([np.full(len(spans), videos.index(track[:3])) for track, spans in shown])
    names, of, genre = zip(*videos, strict=True)
    there = torch.from_numpy(present)
    with torch.no_grad():
        states = tuple(
            net.state(torch.from_numpy(np.ascontiguousarray(rows)), there).double().numpy()
            for rows in (values, mirror(values))
        )
    numbers = np.array([classes.index(one) for one in genre])
    return Examples((states[0], states[1]), torch.from_numpy(values), there, video, names, of, numbers, classes)


def fit_layer(found: Examples, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Weights (G, S) and bias (G,) for the states of some videos' windows, by a penalised log loss.

    Every class has the same weight, within it every video, within it every window and its mirror image.

    Args:
        found: all of the windows.
        kept: (V,) videos to learn from.
    """
    genre, size = found.genre[found.video], len(found.classes)
    rows = np.flatnonzero(kept[found.video])
    count = np.bincount(found.video[rows], minlength=len(found.names))
    videos = np.bincount(found.genre[count > 0], minlength=size)
    share = 1 / (count[found.video[rows]] * videos[genre[rows]] * size)
    x = np.concatenate([one[rows] for one in found.states])
    share, wanted = np.tile(share, 2) / 2, np.eye(size)[np.tile(genre[rows], 2)]

    def loss(logits: Array) -> tuple[Array, Array]:
        likely = softmax(logits, axis=1)
        return -np.log(np.maximum((likely * wanted).sum(1), 1e-300)), likely - wanted

    return fit_linear(x, share, size, loss)


def cross_validated(net: GenreNet, found: Examples) -> tuple[GenreNet, HeadScores]:
    """A net with a layer that all videos taught, and how well layers did that had not seen the video asked about.

    Temperature and open set are fitted on the logits of those layers. What a stranger's dance is taken for is seen by
    leaving out a class altogether.

    Args:
        net: shipped; it is not changed.
        found: windows of a user's videos.
    """
    logits = _unseen_logits(found)
    whole = _with_layer(net, found.classes, *fit_layer(found, np.ones(len(found.names), bool)))
    _calibrate(whole, found, logits)
    prob, known = _answers(whole, found, logits)
    accepted = _strangers(net, found) if len(found.classes) > 2 else None
    nearest = _nearest(found.raw, np.array(found.groups), found.genre)
    return whole, HeadScores(found.classes, found.names, found.genre, prob, known, nearest, accepted)


def _unseen_logits(found: Examples) -> Array:
    """(N, G) of each window, by a layer that learned from neither its video nor another of the group."""
    logits, groups = np.zeros((len(found.video), len(found.classes))), np.array(found.groups)
    for group in sorted(set(found.groups)):
        held = groups == group
        matrix, bias = fit_layer(found, ~held)
        rows = held[found.video]
        logits[rows] = found.states[0][rows] @ matrix.T + bias
    return logits


def _with_layer(net: GenreNet, classes: Sequence[str], matrix: Array, bias: Array) -> GenreNet:
    own = {"classes": tuple(classes), "graded": False, "kept": 0}  # thresholds and windows are of the old classes
    made = GenreNet(**{**net.config, **own})
    kept = {name: value for name, value in net.state_dict().items() if not name.startswith("out.")}
    made.load_state_dict(kept, strict=False)
    with torch.no_grad():
        made.out.weight.copy_(torch.from_numpy(matrix))
        made.out.bias.copy_(torch.from_numpy(bias))
    return made.eval()


def _calibrate(net: GenreNet, found: Examples, logits: Array) -> None:
    """Fit temperature and open set to logits (N, G) of layers that did not see the window."""
    genre = found.genre[found.video]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        strange = open_set_scores(net(*outlier_windows(found.values, found.present, torch.from_numpy(genre))))
    known = open_set_scores(torch.from_numpy(logits))
    net.temperature.fill_(fit_temperature(logits, genre))
    net.opening.copy_(torch.from_numpy(fit_open_set(known.numpy(), genre, strange.double().numpy())))


def _answers(net: GenreNet, found: Examples, logits: Array) -> tuple[Array, Array]:
    """(V, G) probabilities and (V,) known of every video, by logits (N, G) of its windows."""
    x = torch.from_numpy(logits)
    opening = net.opening.double()
    known = (open_set_scores(x) @ opening[:-1] + opening[-1]).sigmoid().numpy()
    prob = (x / net.temperature.double()).softmax(-1).numpy()
    share = found.present.mean(1).double().numpy()
    total = np.bincount(found.video, share)
    mean = [np.bincount(found.video, share * column) / total for column in (*prob.T, known)]
    return np.stack(mean[:-1], 1), mean[-1]


def _strangers(net: GenreNet, found: Examples) -> Whole:
    """(V,) 1 where a video counts as known although its class was left out altogether, else 0."""
    out = np.zeros(len(found.names), int)
    for left in range(len(found.classes)):
        here = found.genre == left
        others, mine = _part(found, ~here), _part(found, here)
        matrix, bias = fit_layer(others, np.ones(len(others.names), bool))
        made = _with_layer(net, others.classes, matrix, bias)
        _calibrate(made, others, _unseen_logits(others))
        _, known = _answers(made, mine, mine.states[0] @ matrix.T + bias)
        out[here] = known >= KNOWN
    return out


def _part(found: Examples, kept: NDArray[np.bool_]) -> Examples:
    """Some videos and their classes, numbered anew."""
    rows, some = kept[found.video], np.flatnonzero(kept)
    classes, genre = np.unique(found.genre[some], return_inverse=True)
    return Examples(
        (found.states[0][rows], found.states[1][rows]),
        found.values[rows],
        found.present[rows],
        (np.cumsum(kept) - 1)[found.video[rows]],
        tuple(found.names[i] for i in some),
        tuple(found.groups[i] for i in some),
        genre,
        tuple(found.classes[i] for i in classes),
    )


def _nearest(raw: Array, groups: NDArray[np.str_], genre: Whole) -> Whole:
    """(V,) class of the nearest video of another group."""
    apart = np.linalg.norm(raw[:, None] - raw[None], axis=-1)
    apart[groups[:, None] == groups[None]] = np.inf
    return np.asarray(genre[apart.argmin(1)])
