"""Movements of a user's own from some ten labelled examples: a linear layer on the shipped net's states of each frame.

The net itself stays as it is, and so do its answers for the 154 types; the result is an ordinary net with types of its
own behind them.
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
from scipy.special import expit
from torch import nn

from dance3d.contracts import Pose3D
from dance3d.datasets import movement_labels
from dance3d.io import artefacts
from dance3d.movement_types import NAMES
from dance3d.stages.linear_layer import fit_linear
from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.encode import encode, frame_rows
from dance3d.stages.motion.head_scores import OwnScores, TakeAnswer
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import load
from dance3d.stages.motion.rules.custom import OwnType
from dance3d.stages.stored_nets import store_net

Array = NDArray[np.float64]

EDGE = 5
"""Chosen: frames to either side of a label's beginning and end that do not count: nobody marks them to the frame."""
_EXAMPLES = 3  # chosen: labels of a type below which nothing can be learned and checked
_RATE = 30.0


@dataclass(frozen=True)
class LabelledStretch:
    """A stretch of a clip at 30 frames/s.

    Attributes:
        clip: its name.
        states: (N, S) what the net's last layer reads.
        labels: (N, U) 1 where a type happens, 0 where not, -1 where nobody says.
    """

    clip: str
    states: Array
    labels: NDArray[np.int8]


def train(folders: Mapping[str, str], shipped: Path, to: Path) -> dict[str, Any]:
    """Fit a layer to a user's labelled clips, and write the net.

    Args:
        folders: ``index`` and ``poses`` as of ``MotionData``; ``types``, a YAML of types, and ``labels``, a CSV.
        shipped: weights whose net is kept.
        to: file of weights.

    Returns:
        The cross-validated scores, as ``OwnScores.plain``.

    Raises:
        ValueError: types or labels cannot be read, or a type has too few examples or no frame without it.
    """
    net = load(shipped)
    types = read_types(folders["types"])
    labels = movement_labels.read(folders["labels"], [one.name for one in types])
    asked = [one for one in types if any(row.movement == one.name for row in labels)]
    if not asked:
        known = ", ".join(one.name for one in types)
        raise ValueError(f"{folders['labels']} labels none of the types of {folders['types']}: {known}")
    names = [one.name for one in asked]
    rows = movement_labels.by_clip(row for row in labels if row.movement in names)
    poses = []
    for number, line in enumerate(json.loads(Path(folders["index"]).read_text())):
        if line["name"] in rows:
            poses.append((line["name"], artefacts.load(Path(folders["poses"]) / f"{number:04d}.npz", Pose3D)))
    if lost := sorted(set(rows) - {name for name, _ in poses}):
        raise ValueError(f"{folders['labels']} speaks of {lost[0]!r}, of which there is no clip with a dancer")
    found = [one for name, pose in poses for one in stretches(net, name, pose, rows[name], names)]
    made, scores = cross_validated(net, found, asked)
    store_net(to, "motion", made, made.config)
    return scores.plain


def stretches(
    net: MotionNet, clip: str, pose: Pose3D, rows: Sequence[movement_labels.Label], names: Sequence[str]
) -> list[LabelledStretch]:
    """A pose as the net's last layer sees it, with a user's labels.

    Args:
        net: shipped.
        clip: name.
        pose: of the clip.
        rows: labels of the clip.
        names: of the types, in order; what the rows do not mention is unknown.
    """
    given = movement_labels.frame_labels(rows, names, pose.time)
    said = np.array([any(row.movement == name for row in rows) for name in names])
    labels = np.where(said, given, -1).astype(np.int8)
    found, _ = encode(pose, (), net.config["graded"])
    return [LabelledStretch(clip, _states(net, *one[1:]), labels[frame_rows(one.stretch)]) for one in found]


@torch.no_grad()
def _states(net: MotionNet, joints: torch.Tensor, hints: torch.Tensor) -> Array:
    """(N, S) what the last layer of a net of convolutions reads.

    Raises:
        ValueError: a net of one LSTM per part, which has no last layer of the whole body.
    """
    if net.config["encoder"] != "tcn":
        raise ValueError(f"a layer of one's own needs weights with encoder tcn; these have {net.config['encoder']}")
    kept: list[torch.Tensor] = []
    head: nn.Module = net.body.head  # type: ignore[assignment]
    hook = head.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
    try:
        net(joints[None], hints[None, :, : net.width])
    finally:
        hook.remove()
    return kept[0][0].double().cpu().numpy()


def fit_layer(found: Sequence[LabelledStretch], column: int) -> tuple[Array, float]:
    """Weights (S,) and bias of one type, by a penalised log loss; with and without it have the same weight.

    Args:
        found: stretches to learn from.
        column: of the type.

    Raises:
        ValueError: there is no frame with it, or none without.
    """
    states = np.concatenate([one.states for one in found])
    true = np.concatenate([_inner(one.labels[:, column]) for one in found])
    x, y = states[true >= 0], (true[true >= 0] > 0).astype(float)
    if not 0 < y.mean() < 1:
        raise ValueError("labels need frames with the movement and frames without it")
    share = np.where(y > 0, 0.5 / y.sum(), 0.5 / (1 - y).sum())
    sign = 2 * y[:, None] - 1

    def loss(logits: Array) -> tuple[Array, Array]:
        margin = sign * logits
        return np.logaddexp(0, -margin)[:, 0], -sign * expit(-margin)

    matrix, bias = fit_linear(x, share, 1, loss)
    return matrix[0], float(bias[0])


def _inner(labels: NDArray[np.int8]) -> NDArray[np.int8]:
    """Labels (N,) with the frames around each change unknown."""
    out = labels.copy()
    for at in np.flatnonzero(np.diff(labels)):
        out[max(at + 1 - EDGE, 0) : at + 1 + EDGE] = -1
    return out


def cross_validated(
    net: MotionNet, found: Sequence[LabelledStretch], types: Sequence[OwnType]
) -> tuple[MotionNet, OwnScores]:
    """A net that also knows a user's types, and how well layers found them in clips that they had not seen.

    Each clip is left out once; the threshold for it is chosen on the other clips, by layers that had not seen those.

    Args:
        net: shipped; it is not changed.
        found: stretches of labelled clips.
        types: of the user.

    Raises:
        ValueError: a type has fewer than three labels, or all of them are in one clip, or nothing without it is there.
    """
    layers, answers = [], []
    for column, own in enumerate(types):
        mine = [one for one in found if (one.labels[:, column] >= 0).any()]
        _check(mine, column, own.name)
        matrix, bias = fit_layer(mine, column)
        logits: dict[int, Array] = {}
        for clip in sorted({one.clip for one in mine}):
            weights, shift = fit_layer([s for s in mine if s.clip != clip], column)
            logits |= {i: s.states @ weights + shift for i, s in enumerate(mine) if s.clip == clip}
        true = [one.labels[:, column] for one in mine]
        for i, one in enumerate(mine):
            others = [j for j, stretch in enumerate(mine) if stretch.clip != one.clip]
            least = _threshold([logits[j] for j in others], [true[j] for j in others])
            answers.append(TakeAnswer(own.name, one.clip, logits[i] >= least, true[i]))
        layers.append((matrix, bias - _threshold(list(logits.values()), [true[i] for i in logits])))
    return _widened(net, types, layers), OwnScores(tuple(answers))


def _check(found: Sequence[LabelledStretch], column: int, name: str) -> None:
    having = {one.clip for one in found if (one.labels[:, column] > 0).any()}
    events = sum(int((np.diff(one.labels[:, column] > 0, prepend=False).sum() + 1) // 2) for one in found)
    if events < _EXAMPLES or len(having) < 2:
        raise ValueError(
            f"{name} has {events} labels in {len(having)} clips; at least {_EXAMPLES} in two clips are needed, as each "
            "clip is once left out to see whether it is found; ten in four are better"
        )
    without = sum(int((_inner(one.labels[:, column]) == 0).sum()) for one in found)
    if without < _RATE:
        raise ValueError(f"{name} has {without / _RATE:.1f} s without it; label clips with other movements as well")


def _threshold(logits: Sequence[Array], true: Sequence[NDArray[np.int8]]) -> float:
    """The logit from which frames are called the movement, where F1 of frames with it is highest."""
    known = [one >= 0 for one in true]
    value = np.concatenate([one[there] for one, there in zip(logits, known, strict=True)])
    made = np.concatenate([one[there] for one, there in zip(true, known, strict=True)]) > 0
    order = np.argsort(-value)
    right = np.cumsum(made[order])
    f1 = 2 * right / (np.arange(1, len(made) + 1) + made.sum())
    best = int(f1.argmax())
    below = value[order][min(best + 1, len(value) - 1)]
    return float((value[order][best] + below) / 2)


def _widened(net: MotionNet, types: Sequence[OwnType], layers: Sequence[tuple[Array, float]]) -> MotionNet:
    """A net with types of a user's own between the 154 and the words; all that it answered stays as it was."""
    own = [one.name for one in types]
    if net.config["own"]:
        raise ValueError(f"these weights have types of their own already: {', '.join(net.config['own'])}")
    made = MotionNet(**{**net.config, "own": own})
    first, stored = len(NAMES), net.state_dict()
    with torch.no_grad():
        for name, value in made.state_dict().items():
            value.copy_(_spaced(stored[name], value.shape, net.width - first))
        stored_head = made.state_dict()
        for row, (matrix, bias) in enumerate(layers, first):
            stored_head["body.head.weight"][row].copy_(torch.from_numpy(matrix))
            stored_head["body.head.bias"][row] = bias
        made.slope[first : first + len(own)] = 1.0
    return made.eval()


def _spaced(values: torch.Tensor, shape: torch.Size, behind: int) -> torch.Tensor:
    """Values with room for more, zero, in the axes that have become longer: before the last ``behind`` of each."""
    for axis, (old, new) in enumerate(zip(values.shape, shape, strict=True)):
        if new > old:
            room = values.new_zeros((*values.shape[:axis], new - old, *values.shape[axis + 1 :]))
            one, other = torch.split(values, [old - behind, behind], axis)
            values = torch.cat([one, room, other], axis)
    return values
