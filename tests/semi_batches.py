"""Takes with and without labels, and a small module that learns from both."""

import torch

from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.semi_supervised.module import SemiModule


def make_dance():
    return synthetic(0.5)


def module(**given):
    torch.manual_seed(0)
    made = SemiModule(width=32, dropout=0.0, average=0.5, **given)
    made.logged = {}
    made.log = lambda *a, **k: None  # no trainer here
    made.log_dict = lambda parts, *a, **k: made.logged.update(parts)
    return made
