"""Films of the validation takes: the estimated body over the true one, as the validation score compares them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import default_collate

from dance3d.geometry.precision import full_precision
from dance3d.stages.lift.augment import LiftBatch
from dance3d.stages.lift.data import FilmedWindows
from dance3d.stages.lift.even_rate import FPS
from dance3d.stages.lift.load import Net
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA
from dance3d.visualization.skeleton import pose_views
from dance3d.visualization.take_film import TakeFilm

SECONDS, SIZE = 4, 240  # of a film, and pixels of each of its three views; chosen: some 100 kB a take


def films(net: Net, takes: object) -> Iterator[TakeFilm]:
    """The beginning of every take as its first camera sees it; nothing where the takes are not the lifter's own.

    Args:
        net: as it validates.
        takes: data set of the validation loader.
    """
    if isinstance(takes, FilmedWindows):
        for number, filmed in enumerate(takes.filmed):
            if filmed.camera == 0:
                yield film(net, takes, number)


def film(net: Net, takes: FilmedWindows, number: int) -> TakeFilm:
    """The beginning of one take, true body in grey; its ``mpjpe_mm`` is that of these frames.

    Args:
        net: as it validates.
        takes: that hold it.
        number: of the take and camera.
    """
    filmed, fps = takes.filmed[number], net.fps or FPS
    frames = min(SECONDS * fps, filmed.keypoints.frames)
    found, seen, known = [], 0, (at for at, (one, _) in enumerate(takes.rows) if one == number)
    while seen < frames and (at := next(known, None)) is not None:
        found.append(_poses(net, default_collate([takes[at]])))
        seen += len(found[-1][0])
    pose, true = (np.concatenate(parts)[: round(frames)] for parts in zip(*found, strict=True))
    error = 1000 * float(np.linalg.norm(pose - true, axis=-1).mean())
    facts: dict[str, str | float] = {"take": filmed.name, "genre": filmed.genre, "mpjpe_mm": error}
    title, reach = f"{filmed.name}  {error:.0f} mm", 1.12 * max(np.abs(pose).max(), np.abs(true).max())
    pictures = (pose_views(one, other, SIZE, title, reach) for one, other in zip(pose, true, strict=True))
    return TakeFilm(facts, pictures, fps)


@torch.inference_mode()
def _poses(net: Net, batch: LiftBatch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Estimated and true poses (T, 17, 3) of one window, in the camera's frame."""
    device = next(net.parameters()).device
    rays, present, xyz = (one.to(device) for one in (batch.rays, batch.present, batch.xyz))
    training = net.training
    net.eval()
    encoded = net.read(rays, present, PROTOCOL_CAMERA)
    predicted = net(encoded.features).float()
    net.train(training)
    with full_precision():
        pose = predicted @ net.inner(encoded.rotation)
    return pose[0].cpu().numpy(), net.inner(xyz)[0].cpu().numpy()
