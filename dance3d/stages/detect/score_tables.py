"""Scores of a detector: strict ones, and lenient ones whose names say what they allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import Metric

from dance3d.metrics import (
    AUC,
    MPJPE,
    MSE2D,
    NMPJPE,
    PCK,
    PMPJPE,
    AmbiguityRatio,
    FlipAllowedMPJPE,
    LeftRightFlips,
    PairsSwappedMPJPE,
)
from dance3d.skeleton import H36M17

STRICT: Mapping[str, Callable[[], Metric]] = {
    "mpjpe": MPJPE,
    "n_mpjpe": NMPJPE,
    "p_mpjpe": PMPJPE,
    "pck": PCK,
    "auc": AUC,
    "ambiguity": AmbiguityRatio,
    "flips": LeftRightFlips,
}
LENIENT: Mapping[str, Callable[[], Metric]] = {
    "flip_allowed.mpjpe": FlipAllowedMPJPE,
    "pairs_swapped.mpjpe": PairsSwappedMPJPE,
}
Arrays = Sequence[NDArray[np.floating[Any]] | Tensor]


def scores(predicted: Arrays, true: Arrays, xy_predicted: Arrays, xy_true: Arrays) -> dict[str, float]:
    """Mean scores over views, for moments of one view or several.

    Args:
        predicted: per moment (V, 17, 3) metres, each in the frame of its camera; compared around the pelvis.
        true: of the same shapes.
        xy_predicted: per moment (V, 17, 2) in the crop, -1 to 1 from edge to edge.
        xy_true: of the same shapes.

    Returns:
        ``mpjpe``, ``n_mpjpe``, ``p_mpjpe`` millimetres; ``pck`` (150 mm) and ``auc``, 0 to 1; ``mse2d``, percent of the
        crop's side; ``ambiguity``, mean over moments of min(f, V - f) / V; ``flips``, share of views that are nearer
        with left and right swapped; and, using the truth, ``flip_allowed.mpjpe`` and ``pairs_swapped.mpjpe``. A pose
        that is not finite makes its scores NaN.

    Raises:
        ValueError: the lists differ in length, are empty, or hold other shapes.
    """
    if not len(predicted) == len(true) == len(xy_predicted) == len(xy_true) or not len(true):
        lengths = f"{len(predicted)}, {len(true)}, {len(xy_predicted)} and {len(xy_true)}"
        raise ValueError(f"{lengths} moments are given, expected as many of each, and some")
    poses = {name: make() for name, make in {**STRICT, **LENIENT}.items()}
    picture = MSE2D()
    space, flat = (_by_views(*pair) for pair in ((predicted, true), (xy_predicted, xy_true)))
    for pair in space:
        for metric in poses.values():
            metric.update(*pair)
    for pair in flat:
        picture.update(*pair)
    return {name: float(metric.compute()) for name, metric in (poses | {"mse2d": picture}).items()}


def _by_views(predicted: Arrays, true: Arrays) -> list[tuple[Tensor, Tensor]]:
    """Moments with the same number of views as one batch each, (S, V, 17, D) twice."""
    groups: dict[int, list[tuple[Tensor, Tensor]]] = {}
    for pair in zip(predicted, true, strict=True):
        one, other = (torch.as_tensor(np.asarray(a) if isinstance(a, np.ndarray) else a).detach().cpu() for a in pair)
        if one.shape != other.shape or one.ndim != 3 or one.shape[1] != len(H36M17.joints) or not len(one):
            raise ValueError(
                f"a moment has shapes {tuple(one.shape)} and {tuple(other.shape)}, expected (V, 17, D) twice"
            )
        groups.setdefault(len(one), []).append((one.double(), other.double()))
    return [(torch.stack(a), torch.stack(b)) for a, b in (zip(*g, strict=True) for g in groups.values())]
