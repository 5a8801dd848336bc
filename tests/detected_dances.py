"""Poses that a perfect net answers."""

import numpy as np
from oracle_net import Oracle, crop_of, picture, said_of, total

from dance3d.contracts import Camera
from dance3d.stages.detect import predict as stage
from dance3d.stages.detect.settings import DetectSettings
from dance3d.synth.choreography import choreograph

CAMERA = Camera.from_field_of_view(47.0, (160, 120))
RAW = {"smooth": False, "rigid": False}


def make_dance():
    """Joints (T, 17, 3) of a dance beside the middle of the picture, metres, camera frame."""
    xyz = choreograph("salsa", 1.5, 3).xyz.astype(float)
    return (xyz - xyz[0, 0]) * [1, -1, -1] + [0.5, 0.1, 5.0]


def told(dance, spoil=lambda said: said, settings=RAW, missing=()):
    """The pose that a perfect net's answers give, after ``spoil``; nobody is seen in the ``missing`` frames."""
    masks = np.stack([picture(joints, CAMERA)[1] for joints in dance])
    said = np.stack([said_of(joints, crop_of(joints, CAMERA)) for joints in dance])
    masks[list(missing)] = False
    net = Oracle(spoil(said)[[n for n in range(len(said)) if n not in missing]], total(dance))
    pictures = np.zeros((*masks.shape, 3), np.uint8)
    return stage.detect(net, pictures, masks, np.arange(len(dance)) / 30, DetectSettings(**settings))


def away(pose, dance):
    """Mean distance from the truth, metres, of the frames with a pose."""
    return np.nanmean(np.linalg.norm(pose.xyz - (dance - dance[:, :1]), axis=-1))
