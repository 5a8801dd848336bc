"""Inference of movements from poses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.contracts.shots import by_shot, joined
from dance3d.movement_types import NAMES
from dance3d.skeleton import H36M17
from dance3d.stages.inference_device import on_device, one_thread
from dance3d.stages.motion.custom_types import read_types
from dance3d.stages.motion.encode import encode, encode_flat
from dance3d.stages.motion.model import REACH, MotionNet
from dance3d.stages.motion.rhythm.tempo import rhythm
from dance3d.stages.motion.rules.computed_labels import PLACED_WORDS, Sampled, where_path_known
from dance3d.stages.motion.rules.custom import OwnType, label_own
from dance3d.stages.motion.settings import MotionSettings
from dance3d.stages.stored_nets import kept_net, stored_net
from dance3d.timeseries.resampling import chunks

CHUNK = 4096
"""Frames read at once, chosen: bounds memory."""
Floats = NDArray[np.float32]


@one_thread()
def predict(inputs: Mapping[str, Any], settings: MotionSettings, weights: Path | None) -> list[Movements]:
    """Recognise movements on every track.

    Args:
        inputs: ``lift``: list of ``Pose3D``.
        settings: of the stage.
        weights: of the net.

    Returns:
        Movements per track, row by row; NaN where the dancer is missing.

    Raises:
        ValueError: no weights, a pose with another skeleton than the inner one, or types that cannot be read.
    """
    if weights is None:
        raise ValueError("motion needs weights; pass a file or use the default")
    net = on_device(kept_net(weights, load))
    types = read_types(settings.types) if settings.types else ()
    return [recognise(net, pose, types) for pose in inputs["lift"]]


def load(path: Path) -> MotionNet:
    """The net of a weights file, in evaluation mode."""
    return stored_net(path, "motion", lambda config: MotionNet(**config))


def recognise(net: MotionNet, pose: Pose3D, types: Sequence[OwnType] = ()) -> Movements:
    """Movements of one track; see ``predict``.

    A user's types come from the net if it learned them, else from their rules.

    Args:
        net: in evaluation mode.
        pose: of one dancer.
        types: a user's movement types.

    Raises:
        ValueError: another skeleton; or a type without a rule that the net did not learn.
    """
    if pose.skeleton != H36M17.name:
        raise ValueError(f"motion reads skeleton {H36M17.name}, the pose has {pose.skeleton}")
    learned = net.config["own"]
    if unknown := [one.name for one in types if not one.when and one.name not in learned]:
        raise ValueError(f"{unknown[0]} is known from labels only, and these weights have not learned it: train motion")
    return replace(joined([_in_shot(net, part, types) for part in by_shot(pose)]), rhythm=rhythm(pose))


def _in_shot(net: MotionNet, pose: Pose3D, types: Sequence[OwnType]) -> Movements:
    """Movements of a pose of one shot, without the rhythm; see ``recognise``."""
    learned = net.config["own"]
    by_name = {one.name: one for one in types}
    if missing := [name for name in learned if name not in by_name]:
        raise ValueError(f"these weights read the movement type {missing[0]}; give its file as motion.types")
    taught = [by_name[name] for name in learned]
    stretches, seen = encode(pose, taught, net.config["graded"])
    prob = _read(net, seen, stretches)
    types_prob, own_prob, words = np.split(prob, [len(NAMES), len(net.names)], 1)
    return Movements(
        where_path_known(types_prob, pose),
        *(pose.time, pose.start, pose.person),
        own=_own(own_prob, learned, types, pose),
        own_names=tuple(one.name for one in types),
        **_limits(net),
        words=where_path_known(words, pose, PLACED_WORDS) if net.words else None,
    )


def _own(prob: Floats, learned: Sequence[str], types: Sequence[OwnType], pose: Pose3D) -> Floats | None:
    """(T, U) probabilities of a user's types; None without types."""
    if not types:
        return None
    ruled = label_own(tuple(types), pose)
    columns = [prob[:, learned.index(one.name)] if one.name in learned else ruled[:, i] for i, one in enumerate(types)]
    return np.stack(columns, 1).astype(np.float32)


def on_picture(net: MotionNet, keypoints: Keypoints2D) -> Movements:
    """Movements of one track by a net that reads the image, ``dims=2``; rhythm needs a pose and is not computed."""
    stretches, seen = encode_flat(keypoints)
    unhinted = ((stretch, joints, joints.new_zeros(len(joints), net.width)) for stretch, joints in stretches)
    prob, _, words = np.split(_read(net, seen, unhinted), [len(NAMES), len(net.names)], 1)
    common = (keypoints.time, keypoints.start, keypoints.person)
    return Movements(prob, *common, **_limits(net), words=words if net.words else None)


def _read(net: MotionNet, seen: NDArray[np.bool_], stretches: Iterable[tuple[Sampled, Tensor, Tensor]]) -> Floats:
    """(T, M) probabilities per row, from joints and hints of every stretch; NaN where nobody is ``seen``."""
    prob = np.full((len(seen), net.width), np.nan, np.float32)
    prob[seen] = 0
    for stretch, joints, hints in stretches:
        hints = hints[:, : net.width]
        logits = net.apply_rules(in_chunks(net, joints, hints), hints.to(net.least.device))
        likely = torch.cat([net.probability(part) for part in torch.split(logits, CHUNK)]).cpu().numpy()
        prob[stretch.rows] = likely[stretch.frame]
    return prob


def _limits(net: MotionNet) -> dict[str, Any]:
    """From which probabilities types and words count, and which types are right often enough to be shown."""
    least = net.probability(net.least).cpu().numpy()
    found: dict[str, Any] = {"least": least[: len(NAMES)]}
    if net.config["graded"]:
        found["trusted"] = net.trusted[: len(NAMES)].cpu().numpy() > 0
    return found | ({"words_least": least[len(net.names) :]} if net.words else {})


@torch.no_grad()
def in_chunks(net: MotionNet, joints: Tensor, hints: Tensor, size: int = CHUNK) -> Tensor:
    """Run the net on a stretch of any length in pieces of bounded memory; the result does not depend on ``size``.

    Convolutions see as many frames around a piece as they reach; LSTMs get the state after the piece before.

    Args:
        net: in evaluation mode.
        joints: (N, 17, D + 1) of the stretch, or (N, 17, D + 2) with error bars.
        hints: (N, M) of the stretch.
        size: frames per piece.

    Returns:
        (N, M) logits, on the net's device.
    """
    device, n, convolved = net.least.device, len(joints), net.config["encoder"] == "tcn"
    around = REACH if convolved else 1  # an LSTM needs its neighbours for velocities only
    state, out = None, []
    for start, stop in chunks(n, size):
        low, high = max(start - around, 0), min(stop + around, n)
        keep = slice(start - low, stop - low)
        piece = (part[None, low:high].to(device) for part in (joints, hints))
        logits, state = net(*piece, state or None, keep)
        out.append(logits[0])
    return torch.cat(out)
