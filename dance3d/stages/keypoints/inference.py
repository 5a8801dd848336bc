"""Inference with the keypoint net: load its weights, cut crops out of pictures, find joints in crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.model import KeypointNet, peak, prepare
from dance3d.stages.stored_nets import stored_net

STAGE = "keypoints"
CHUNK = 32
"""Chosen: crops per pass of the net."""
PADDING = 1.2
"""Side of a crop relative to the longer side of the person's box, as of the crops for training."""
Image = NDArray[np.uint8]
Float = NDArray[np.float64]


class CropKeypoints(NamedTuple):
    """Joints of N crops.

    Attributes:
        xy: (N, 17, 2) pixels of the crop.
        score: (N, 17) 0..1.
    """

    xy: Float
    score: Float


def load(path: Path) -> KeypointNet:
    """The net of a weights file, ready for inference.

    Raises:
        ValueError: the file cannot be read, or it holds weights of another stage.
    """
    net = stored_net(path, STAGE, lambda config: KeypointNet(**config))
    return net.to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]


def cut(image: Image, box: Sequence[float] | Float, size: int) -> tuple[Image, Float]:
    """Cut a square around a person's box; edge pixels are repeated beyond the edge.

    Args:
        image: (H, W, 3).
        box: left, top, right, bottom in pixels.
        size: of the crop, pixels.

    Returns:
        (size, size, 3) crop, and the (2, 3) affine map from it to the picture.
    """
    left, top, right, bottom = (float(edge) for edge in box)
    side = max(PADDING * max(right - left, bottom - top), 1.0)
    scale = side / size
    matrix = np.array([[scale, 0, (left + right - side) / 2], [0, scale, (top + bottom - side) / 2]])
    fine = max(1, round(scale))  # pixels per crop pixel along each side, which are averaged
    shifted = matrix / [[fine, fine, 1]]
    shifted[:, 2] += shifted[:, :2].sum(1) / 2 - 0.5  # OpenCV's origin is the centre of the first pixel
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    large = cv2.warpAffine(image, shifted, (size * fine,) * 2, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA), np.uint8), matrix


def to_picture(points: Float, matrix: Float) -> Float:
    """(..., 2) points of a crop in the coordinates of its picture, by the matrix of ``cut``."""
    return points @ matrix[:, :2].T + matrix[:, 2]


@torch.no_grad()
def infer(net: KeypointNet, images: Image, mirrored: bool = False) -> CropKeypoints:
    """Run the net on crops.

    Args:
        net: in any mode, which it keeps.
        images: (N, S, S, 3) RGB, of the net's size.
        mirrored: average with the heatmaps of the mirrored crops, which takes twice the time.
    """
    was, device = net.training, next(net.parameters()).device
    net.eval()
    xy, score = [], []
    for start in range(0, len(images), CHUNK):
        pictures = prepare(torch.from_numpy(images[start : start + CHUNK]).to(device))
        found = net(pictures.contiguous(memory_format=torch.channels_last))
        joints_xy, confidence = found.xy, found.score
        if mirrored:
            other = net(pictures.flip(-1).contiguous(memory_format=torch.channels_last))
            joints_xy, share = peak((found.heat.exp() + other.heat.exp().flip(-1)[:, H36M17.swap]) / 2)
            confidence = share * (found.seen.sigmoid() + other.seen.sigmoid()[:, H36M17.swap]) / 2
        xy.append((joints_xy.double().cpu().numpy() + 1) / 2 * net.config["size"])
        score.append(confidence.double().cpu().numpy())
    net.train(was)
    joints = len(H36M17.joints)
    if not xy:
        return CropKeypoints(np.zeros((0, joints, 2)), np.zeros((0, joints)))
    return CropKeypoints(np.concatenate(xy), np.concatenate(score))
