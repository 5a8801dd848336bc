"""A detector that knows the truth: what it says of crops is what a perfect net would say."""

from types import SimpleNamespace

import numpy as np
import torch

from dance3d.datasets.crop import cut
from dance3d.geometry.rigid_body import bone_lengths
from dance3d.skeleton import H36M17
from dance3d.stages.detect.inference import lens_of

SIZE = 64
MIRROR = np.array([-1.0, 1, 1])


class Oracle:
    """Answers in the order in which it is asked: with ``said`` (N, 17, 3), and with its mirror image right after."""

    def __init__(self, said, bones):
        self.config = {"size": SIZE, "bones": bones}
        self.said, self.at, self.mirrored = said, 0, False

    def parameters(self):
        return iter([torch.zeros(1)])

    def __call__(self, pictures):
        said = self.said[self.at : self.at + len(pictures)]
        if self.mirrored:
            said = said[:, H36M17.swap] * MIRROR
            self.at += len(pictures)
        self.mirrored = not self.mirrored
        xyz, spread = torch.tensor(said, dtype=torch.float32), torch.full(said.shape[:2], 0.05)
        return SimpleNamespace(xyz=xyz, spread=spread)


def picture(joints, camera, grow=0.06):
    """A black picture and a mask with a disc around every joint (17, 3), metres, camera frame."""
    width, height = camera.size
    xy = joints[:, :2] / joints[:, 2:] * camera.focal + camera.centre
    radius = grow * camera.focal / joints[:, 2]
    y, x = np.mgrid[:height, :width] + 0.5
    mask = ((x[..., None] - xy[:, 0]) ** 2 + (y[..., None] - xy[:, 1]) ** 2 <= radius**2).any(-1)
    return np.zeros((height, width, 3), np.uint8), mask


def crop_of(joints, camera, lens=None):
    """The crop of a body (17, 3), metres, camera frame."""
    return cut(*picture(joints, camera), lens or lens_of(camera, camera.size), SIZE)


def said_of(joints, crop):
    """(17, 3) what a perfect net says of a body in the frame of the picture's camera."""
    local = joints @ crop.turn.T
    half, depth = SIZE / (2 * crop.focal), local[H36M17.index("pelvis"), 2]
    return np.concatenate([local[:, :2] / local[:, 2:] / half, (local[:, 2:] / depth - 1) / half], 1)


def total(xyz):
    """Metres of all bones of a body (T, 17, 3) together."""
    return float(bone_lengths(xyz).sum())
