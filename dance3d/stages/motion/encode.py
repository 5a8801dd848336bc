"""Input of the movement nets, from bodies in space or in the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from dance3d.contracts import Keypoints2D
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.computed_labels import Sampled, sample, table
from dance3d.stages.motion.rules.custom import OwnType, flags
from dance3d.stages.motion.rules.signals import Signals
from dance3d.timeseries.resampling import interpolate

_AROUND = 10.0  # frames, chosen: over which jitter is measured
_FLAT = [2, 1]  # axes of an image that is treated as a world: levelling turns x into the third


def encode(signals: Signals, types: Sequence[OwnType] = ()) -> tuple[Tensor, Tensor]:
    """Input of the net for a stretch: joints (N, 17, 4) as in ``PartFrames``, and the rules' hints (N, 154 + U)."""
    seen = table(signals)
    hints = np.concatenate([seen, flags(tuple(types), signals)], 1) if types else seen
    return _shaking(signals, [0, 1, 2]), torch.from_numpy(hints).float()


def _shaking(signals: Signals, axes: list[int]) -> Tensor:
    """(N, 17, D + 1) joints above the floor, and the distance of each from its smooth path around that frame.

    This tells the net how reliable a pose is: jitter in the pose comes from jitter in the keypoints.
    """
    off = np.linalg.norm(signals.q - signals.p, axis=-1, keepdims=True)
    shake = gaussian_filter1d(off, _AROUND, axis=0, mode="nearest")
    joints = (signals.p - [0.0, signals.floor, 0.0])[..., axes]
    return torch.from_numpy(np.concatenate([joints, shake], -1)).float()


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
    return [(stretch, _shaking(stretch.signals, _FLAT)) for stretch in stretches], present
