"""The keypoint net at work: its weights file, and crops to joints."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.io import weights as files
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import KeypointNet, peak, prepare

STAGE = "keypoints"
BATCH = 32


class Read(NamedTuple):
    """What the net says of N crops.

    Attributes:
        xy: (N, 17, 2) pixels of the crop.
        score: (N, 17) 0..1.
    """

    xy: NDArray[np.float64]
    score: NDArray[np.float64]


def load(path: Path) -> KeypointNet:
    """The net of a weights file, ready to read.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    arrays, config = files.load(path, STAGE)
    net = KeypointNet(**config)
    net.load_state_dict({name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()})
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]


@torch.no_grad()
def read(net: KeypointNet, images: NDArray[np.uint8], mirrored: bool = False) -> Read:
    """Run the net on crops.

    Args:
        net: whose size the crops have.
        images: (N, S, S, 3) RGB.
        mirrored: on their mirror images too, for the mean of both heatmaps; takes twice the time.
    """
    was, device = net.training, next(net.parameters()).device
    net.eval()
    xy, score = [], []
    for start in range(0, len(images), BATCH):
        pictures = prepare(torch.from_numpy(images[start : start + BATCH]).to(device))
        found = net(pictures.contiguous(memory_format=torch.channels_last))
        places, sure = found.xy, found.score
        if mirrored:
            other = net(pictures.flip(-1).contiguous(memory_format=torch.channels_last))
            places, share = peak((found.heat.exp() + other.heat.exp().flip(-1)[:, H36M17.swap]) / 2)
            sure = share * (found.seen.sigmoid() + other.seen.sigmoid()[:, H36M17.swap]) / 2
        xy.append((places.double().cpu().numpy() + 1) / 2 * net.config["size"])
        score.append(sure.double().cpu().numpy())
    net.train(was)
    joints = len(H36M17.joints)
    if not xy:
        return Read(np.zeros((0, joints, 2)), np.zeros((0, joints)))
    return Read(np.concatenate(xy), np.concatenate(score))
