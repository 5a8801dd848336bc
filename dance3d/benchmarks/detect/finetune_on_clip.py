"""The detector fine-tuned without labels on a clip of calibrated cameras, and its error on the clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dance3d.benchmarks.multiview_clip import LIMBS, MultiviewClip
from dance3d.io import weights
from dance3d.metrics import PMPJPE
from dance3d.stages.detect.data import DetectData, MomentDataset
from dance3d.stages.detect.evaluator import predict_scenes
from dance3d.stages.detect.loss_schedule import Step
from dance3d.stages.detect.model import HourglassNet, pose
from dance3d.stages.detect.module import DetectModule
from dance3d.training.time_budget import fit_for

RATE = 1e-3  # highest learning rate; chosen
STEPS: list[Step] = [
    {"at": 0, "invented": 1, "consensus": 1, "skeleton": 0.5, "symmetry": 0.3, "bending": 1, "arms": True},
    {"at": 0.3, "physique": 0},
    {"at": 0.7, "physique": 0.5},
]
"""Masks and views at once, as the net knows bodies already; the shape prior network gradually, as it starts anew."""
Floats = NDArray[np.float64]


def adapt(
    start: Path,
    crops: Path,
    seconds: float,
    invented: Path | None = None,
    rate: float = RATE,
    cascade: list[Step] = STEPS,
    moments: int = 8,
    bodies: int = 32,
) -> DetectModule:
    """Fine-tune a detector on calibrated crops of its clip's own: it learns from masks and views; no joint is known.

    Args:
        start: weights to start from.
        crops: folder of crops of the same size; all of split train. Its ``truth`` is not looked at.
        seconds: of training.
        invented: folder of crops of invented bodies, so that the net does not forget; without it nothing holds
            left, right and depth but the views.
        rate: highest learning rate.
        cascade: weights of the losses.
        moments: of the clip per batch.
        bodies: invented ones per batch, if there are any.

    Raises:
        ValueError: weights that cannot be read, folders of another size, or no moment of split train.
    """
    _, config = weights.load(start, "detect")
    data = DetectData(str(crops), "" if invented is None else str(invented), moments, bodies)
    data.setup()
    if data.training.crops.size != config["size"]:
        raise ValueError(f"{crops} has crops of {data.training.crops.size} pixels, {start} takes {config['size']}")
    if invented is None:
        cascade = [{**step, "invented": 0} for step in cascade]
    shape = {name: config[name] for name in ("size", "width", "stacks", "depth")}
    return fitted(data, seconds, rate, **shape, cascade=cascade, start=str(start))


def fitted(data: DetectData, seconds: float, rate: float, **settings: Any) -> DetectModule:
    """A detector trained for so many seconds.

    Args:
        data: that is set up.
        seconds: of training.
        rate: highest learning rate.
        settings: of ``DetectModule``.
    """
    torch.manual_seed(1)
    module = DetectModule(**settings)
    fit_for(module, data.train_dataloader(), seconds, rate=rate)
    module.measure(data.training)
    return module


def bench_clip(net: HourglassNet, crops: Path, scene: MultiviewClip) -> dict[str, float]:
    """P-MPJPE, millimetres, over the twelve limb joints of the frames that have all of them.

    Args:
        net: the detector.
        crops: of the clip, as ``dance3d crops`` cuts them; their frames are the clip's. A crop's camera is the scene's
            that stands where it stands.
        scene: the clip with what the picture detector's joints say together.

    Returns:
        ``multiview.cameraN.p_mpjpe`` of every camera alone, and their mean ``multiview.p_mpjpe``;
        ``multiview.views.p_mpjpe`` of all views of a frame together; and how many frames each counts:
        ``multiview.cameraN.frames`` and ``multiview.views.frames`` of ``multiview.frames`` that are known.

    Raises:
        ValueError: no known frame was cut out, or a crop of no camera of the scene.
    """
    moments = MomentDataset(crops, views=len(scene.views))
    known = np.asarray(np.isfinite(scene.truth[:, LIMBS]).all((1, 2)))
    alone: dict[int, list[tuple[Tensor, Tensor]]] = {number: [] for number in range(1, len(scene.views) + 1)}
    together: list[tuple[Tensor, Tensor]] = []
    for number, row in enumerate(moments.rows):
        frame = int(moments.crops.moments[row]["frame"])
        if frame >= len(known) or not known[frame]:
            continue
        shown = moments.scenes([number], distances=False)
        said = predict_scenes(net, shown)
        true = torch.from_numpy(scene.truth[frame, LIMBS])
        shapes = pose(said.xyz[0].cpu(), shown.half[0])
        for view in torch.nonzero(shown.valid[0])[:, 0].tolist():
            at = _camera(scene, shown.extrinsics[0, view].double().numpy())
            alone[at].append((shapes[view, LIMBS].double(), true))
        if said.agreed.determined[0, LIMBS].all():
            together.append((said.agreed.world[0, LIMBS].double().cpu(), true))
    out = {"multiview.frames": float(known.sum()), "multiview.views.frames": float(len(together))}
    each = {at: _p_mpjpe(pairs) for at, pairs in alone.items() if pairs}
    if not each:
        raise ValueError(f"{crops} holds none of the {int(known.sum())} frames whose joints are known")
    out["multiview.p_mpjpe"] = float(np.mean(list(each.values())))
    for at, value in each.items():
        out |= {f"multiview.camera{at}.p_mpjpe": value, f"multiview.camera{at}.frames": float(len(alone[at]))}
    return out | ({"multiview.views.p_mpjpe": _p_mpjpe(together)} if together else {})


def _p_mpjpe(pairs: list[tuple[Tensor, Tensor]]) -> float:
    metric = PMPJPE()
    metric.update(*(torch.stack(side)[None] for side in zip(*pairs, strict=True)))
    return float(metric.compute())


def _camera(scene: MultiviewClip, extrinsics: Floats) -> int:
    """Number from 1 of the camera that stands where a crop's does: a crop turns its camera, and does not move it."""
    places = [_place(view.extrinsics) for view in scene.views]
    off = [float(np.linalg.norm(_place(extrinsics) - place)) for place in places]
    if min(off) > 0.01:
        raise ValueError(f"a crop's camera is {min(off):.2f} m from the nearest of the clip's cameras")
    return int(np.argmin(off)) + 1


def _place(extrinsics: Floats) -> Floats:
    return np.asarray(-extrinsics[:, :3].T @ extrinsics[:, 3])
