"""Input of the movement nets, from bodies in space or in the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.computed_labels import Sampled, sample, table
from dance3d.stages.motion.rules.custom import OwnType, flags
from dance3d.stages.motion.rules.graded_labels import CLEAR, of_stretch
from dance3d.stages.motion.rules.signals import Signals, body_scale
from dance3d.timeseries.resampling import interpolate

_AROUND = 10.0  # frames, chosen: over which jitter is measured
_FLAT = [2, 1]  # axes of an image that is treated as a world: levelling turns x into the third
Floats = NDArray[np.float64]


class EncodedStretch(NamedTuple):
    """What a net reads of a stretch, N frames at 30 frames/s.

    Attributes:
        stretch: with the rows of the clip that it answers for.
        joints: (N, 17, 5) as in ``PartFrames``, with error bars; (N, 17, 4) without.
        hints: (N, 154 + U + W) what the rules say of the types, a user's types and the words: 0 none, one half slight,
            1 clear; (N, 154 + U) of 0 and 1 for nets from before grades.
    """

    stretch: Sampled
    joints: Tensor
    hints: Tensor


def encode(
    pose: Pose3D, types: Sequence[OwnType] = (), graded: bool = True
) -> tuple[list[EncodedStretch], NDArray[np.bool_]]:
    """Input of the net for every stretch of a pose.

    Args:
        pose: estimated; one without error bars counts as exact.
        types: a user's movement types.
        graded: false for nets from before grades and error bars.

    Returns:
        The stretches, and (T,) which rows have the dancer.
    """
    stretches, seen = sample(pose.xyz, pose.time, pose.up, pose.root)
    if not graded:
        return [_ungraded(stretch, tuple(types)) for stretch in stretches], seen
    bars: Floats = np.zeros(pose.xyz.shape[:2])
    if pose.doubt is not None and stretches:
        bars = pose.doubt.astype(np.float64) / max(body_scale(pose.xyz[seen].astype(np.float64)), 1e-6)
    return [_graded(stretch, tuple(types), bars) for stretch in stretches], seen


def _graded(stretch: Sampled, types: tuple[OwnType, ...], bars: Floats) -> EncodedStretch:
    """What a net reads of a stretch.

    Args:
        stretch: of the pose.
        types: a user's.
        bars: (T, 17) error bars of the pose, body scales.
    """
    grades = of_stretch(stretch.signals)
    own = CLEAR * flags(types, stretch.signals).astype(np.int8)
    hints = np.concatenate([grades.types, own, grades.words], 1) / CLEAR
    joints = np.concatenate([_shaking(stretch.signals, [0, 1, 2]), bars[frame_rows(stretch)][..., None]], -1)
    return EncodedStretch(stretch, torch.from_numpy(joints).float(), torch.from_numpy(hints).float())


def _ungraded(stretch: Sampled, types: tuple[OwnType, ...]) -> EncodedStretch:
    hints = np.concatenate([table(stretch.signals), flags(types, stretch.signals)], 1)
    joints = torch.from_numpy(_shaking(stretch.signals, [0, 1, 2])).float()
    return EncodedStretch(stretch, joints, torch.from_numpy(hints).float())


def frame_rows(stretch: Sampled) -> NDArray[np.intp]:
    """(N,) the row of the clip that stands for each frame of a stretch: one that has the dancer."""
    frames = np.arange(len(stretch.signals.p))
    return np.asarray(stretch.rows[np.searchsorted(stretch.frame, frames).clip(0, len(stretch.rows) - 1)])


def _shaking(signals: Signals, axes: list[int]) -> Floats:
    """(N, 17, D + 1) joints above the floor, and the distance of each from its smooth path around that frame.

    This tells the net how reliable a pose is: jitter in the pose comes from jitter in the keypoints.
    """
    off = np.linalg.norm(signals.q - signals.p, axis=-1, keepdims=True)
    shake = gaussian_filter1d(off, _AROUND, axis=0, mode="nearest")
    joints = (signals.p - [0.0, signals.floor, 0.0])[..., axes]
    return np.concatenate([joints, shake], -1)


def encode_flat(keypoints: Keypoints2D) -> tuple[list[tuple[Sampled, Tensor]], NDArray[np.bool_]]:
    """Stretches of joints in the image, as a net with ``dims=2`` reads them: (N, 17, 3), and which rows are seen.

    The image is treated as a flat world: body scales, heights above the lowest ankle, rates and gaps as in space.
    """
    seen = np.asarray(np.isfinite(keypoints.xy[..., 0]))  # (T, 17)
    up = [1.0, -1.0]  # the image's y points down
    columns = [interpolate(keypoints.xy[:, j] * up, seen[:, j], keypoints.time, keypoints.time) for j in range(17)]
    anything = np.asarray(seen.any(1))
    xy = np.where(anything[:, None, None], np.stack(columns, 1), np.nan)
    root = xy[:, H36M17.index("pelvis")]
    deep = np.zeros((len(xy), 1))
    world = np.concatenate([xy - root[:, None], np.zeros((*xy.shape[:2], 1))], 2)
    stretches, present = sample(world, keypoints.time, np.array([0.0, 1.0, 0.0]), np.concatenate([root, deep], 1))
    return [(one, torch.from_numpy(_shaking(one.signals, _FLAT)).float()) for one in stretches], present
