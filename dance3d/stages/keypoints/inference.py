"""The keypoint net at work: its weights file, crops out of pictures, and crops to joints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.io import weights as files
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import KeypointNet, peak, prepare

STAGE = "keypoints"
BATCH = 32
PADDING = 1.2
"""Side of a crop by the longer side of the person's box, as of the crops that train."""
Image = NDArray[np.uint8]
Float = NDArray[np.float64]


class CropKeypoints(NamedTuple):
    """What the net says of N crops.

    Attributes:
        xy: (N, 17, 2) pixels of the crop.
        score: (N, 17) 0..1.
    """

    xy: Float
    score: Float


def load(path: Path) -> KeypointNet:
    """The net of a weights file, ready to read.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    arrays, config = files.load(path, STAGE)
    net = KeypointNet(**config)
    net.load_state_dict({name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()})
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]


def cut(image: Image, box: Sequence[float] | Float, size: int) -> tuple[Image, Float]:
    """A square around a person's box; beyond the edge goes on what is at the edge.

    Args:
        image: (H, W, 3).
        box: left, top, right, bottom in pixels.
        size: of the crop, pixels.

    Returns:
        (size, size, 3), and (2, 3) from places in it to places in the picture.
    """
    left, top, right, bottom = (float(edge) for edge in box)
    side = max(PADDING * max(right - left, bottom - top), 1.0)
    scale = side / size
    matrix = np.array([[scale, 0, (left + right - side) / 2], [0, scale, (top + bottom - side) / 2]])
    fine = max(1, round(scale))  # pixels that a crop's pixel averages, along each side
    shifted = matrix / [[fine, fine, 1]]
    shifted[:, 2] += shifted[:, :2].sum(1) / 2 - 0.5  # OpenCV counts from the middle of the first pixel
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpAffine(image, shifted, (size * fine,) * 2, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA), np.uint8), matrix


def placed(points: Float, matrix: Float) -> Float:
    """(..., 2) places in a crop to places in its picture, by the matrix of ``cut``."""
    return points @ matrix[:, :2].T + matrix[:, 2]


@torch.no_grad()
def read(net: KeypointNet, images: Image, mirrored: bool = False) -> CropKeypoints:
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
        return CropKeypoints(np.zeros((0, joints, 2)), np.zeros((0, joints)))
    return CropKeypoints(np.concatenate(xy), np.concatenate(score))
