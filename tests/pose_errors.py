"""Errors of poses, in millimetres."""

import numpy as np
import torch

from dance3d.metrics import similarity


def p_mpjpe(pose, true):
    pose, true = (torch.as_tensor(np.array(a), dtype=torch.float64) for a in (pose, true))
    return 1000 * float((similarity(pose, true) - true).norm(dim=-1).mean())
