"""Nets of the lifter whose every weight matters."""

import torch


def make(kind, taps, causal=False, width=24, seed=0):
    """A net whose every weight matters, as after training."""
    torch.manual_seed(seed)
    net = kind(width, taps, causal=causal)
    for name, value in (*net.named_parameters(), *net.named_buffers()):
        if value.ndim == 1 and value.is_floating_point():  # biases, norms and their statistics
            value.data.uniform_(0.5, 1.5) if "var" in name else value.data.add_(0.1 * torch.randn(value.shape))
        elif "mix" in name:
            value.data.normal_(std=0.1)
    return net.eval()
