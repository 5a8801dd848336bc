"""A small detector and a batch of crops that it learns from."""

import crop_sets
import torch

from dance3d.stages.detect.data import DetectData


def make_batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops")
    data = DetectData(
        str(crop_sets.shots(folder / "s", 4, 3)), str(crop_sets.invented(folder / "i")), 2, 4, steps=1, fitted=True
    )
    data.setup()
    torch.manual_seed(0)
    return next(iter(data.train_dataloader()))


def loss_of(module, batch, share):
    """The loss at a share of the training, and what was logged with it."""
    said = {}
    module.share = share
    module.log = lambda name, value, **_: said.update({name: float(value.detach())})
    module.log_dict = lambda values: said.update(
        {name: float(torch.as_tensor(value).detach()) for name, value in values.items()}
    )
    torch.manual_seed(0)
    return module.training_step(batch, 0), said
