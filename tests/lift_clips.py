"""Clips of random bodies, and batches of them."""

import numpy as np
import torch

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.stages.lift.augment import Augment, make_batch
from dance3d.stages.lift.data import join_takes


def clips(lengths=(200, 90), genre="salsa"):
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.3, 0, -0.3], [0.3, 1.7, 0.3], (17, 3))
    out = []
    for frames in lengths:
        xyz = body + np.cumsum(rng.normal(0, 0.01, (frames, 17, 3)), axis=0)
        xyz[:, 0] = xyz[:, H36M17.indices("left_hip", "right_hip")].mean(1)
        out.append(MotionClip(xyz, 30.0, f"{genre}_{frames}", f"g{frames}", genre))
    return out


def batch(noise=1.0, bodies=1.0, seed=0):
    return make_batch(join_takes(clips()), Augment(noise, bodies), 8, 40, torch.Generator().manual_seed(seed))
