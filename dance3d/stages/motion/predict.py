"""Poses in, movements out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dance3d.contracts import Movements, Pose3D
from dance3d.io import weights as files
from dance3d.rhythm import rhythm
from dance3d.sequences import chunks
from dance3d.skeleton import H36M17
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.rules import sample, table
from dance3d.stages.motion.signals_rules import Signals
from dance3d.vocabulary import MOVEMENTS

CHUNK, CONTEXT = 4096, 256
"""Frames read at once, and frames around them that a net which reads both ways gets to see."""


def predict(inputs: Mapping[str, Any], settings: Mapping[str, Any], weights: Path | None) -> list[Movements]:
    """Recognise movements on every track.

    Args:
        inputs: ``lift``: list of ``Pose3D``.
        settings: none.
        weights: of the recognisers.

    Returns:
        Movements per track, row by row; NaN where the dancer is missing. A probability of 0.5 is the operating point.

    Raises:
        ValueError: no weights, or a pose with another skeleton than the inner one.
    """
    if weights is None:
        raise ValueError("motion needs weights; pass a file or use the default")
    net = load(weights)
    return [recognise(net, pose) for pose in inputs["lift"]]


def load(path: Path) -> MotionNet:
    """The nets of a weights file, ready to read."""
    arrays, config = files.load(path, "motion")
    net = MotionNet(**config)
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in arrays.items()})
    return net.eval()


def encode(signals: Signals) -> tuple[Tensor, Tensor]:
    """What the net reads of a stretch: joints (N, 17, 3) over the floor, and the rules' hints (N, 154)."""
    joints = signals.p - [0.0, signals.floor, 0.0]
    return torch.from_numpy(joints).float(), torch.from_numpy(table(signals)).float()


def recognise(net: MotionNet, pose: Pose3D) -> Movements:
    """Movements of one track; see ``predict``."""
    if pose.skeleton != H36M17.name:
        raise ValueError(f"motion reads skeleton {H36M17.name}, the pose has {pose.skeleton}")
    stretches, seen = sample(pose.xyz, pose.time, pose.up, pose.root)
    prob = np.full((len(seen), len(MOVEMENTS)), np.nan, np.float32)
    prob[seen] = 0
    for stretch in stretches:
        logits = in_chunks(net, *encode(stretch.signals))
        likely = torch.cat([part.double().sigmoid().float() for part in torch.split(logits, CHUNK)])
        prob[stretch.rows] = likely.numpy()[stretch.frame]
    return Movements(prob, pose.time, pose.start, pose.person, rhythm=rhythm(pose))


@torch.inference_mode()
def in_chunks(net: MotionNet, joints: Tensor, hints: Tensor, size: int = CHUNK, context: int = CONTEXT) -> Tensor:
    """(N, 154) logits of a stretch of any length, in pieces of bounded memory.

    Pieces come with frames around them that are read and dropped. A net that reads forward only also gets the state
    after the piece before, so that what it gives does not depend on ``size``; one that reads both ways forgets within
    the context what lies beyond it.
    """
    n, both = len(joints), net.config["bidirectional"]
    around = context if both else 1  # a forward net needs its neighbours for velocities only
    state, out = None, []
    for start, stop in chunks(n, size):
        low, high = max(start - around, 0), min(stop + around, n)
        keep = slice(None) if both else slice(start - low, stop - low)
        logits, after = net(joints[None, low:high], hints[None, low:high], state, keep)
        state = None if both else after
        out.append(logits[0, start - low : stop - low] if both else logits[0])
    return torch.cat(out)
