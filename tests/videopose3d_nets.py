"""VideoPose3D in plain convolutions, and its files."""

import numpy as np
import torch

from dance3d.benchmarks.lift.speed import Reference


def reference(taps=(3, 3, 3), width=32, causal=False, seed=0):
    """A net of plain convolutions with statistics as after training."""
    torch.manual_seed(seed)
    net = Reference(width, taps, causal=causal)
    for name, value in net.named_buffers():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in name else value.normal_(std=0.2)
    return net.eval()


def written(path, net, **more):
    """A checkpoint as VideoPose3D's training writes it, random state and all."""
    state = {"epoch": 80, "lr": 1e-3, "random_state": np.random.RandomState(1234), "optimizer": {"state": {0: 1.0}}}
    torch.save({**state, "model_pos": net.state_dict(), "model_traj": None, **more}, path)
    return path
