import pytest
import torch
from semi_batches import make_dance, module

from dance3d.stages.lift.semi_supervised.data import SemiData


@pytest.fixture(scope="module")
def dance():
    return make_dance()


def test_pseudo_labelled_takes_train_as_the_net_lifts_them(dance):
    data = SemiData(minutes=0.5, labelled=0.4, batch=4, steps=1, val_groups=())
    data.setup()
    before, made = len(data.running.takes.xyz), module(every=1)
    made.update_teacher(data)
    takes = data.running.takes
    lifted = takes.xyz[before:]
    frames = sum(track.frames for track, _, _ in data.seen)  # some are lost while a dancer is outside the picture
    assert 0.8 * frames < len(lifted) <= frames and torch.isfinite(lifted).all()
    assert takes.weight.sum() == pytest.approx(1) and takes.weight[takes.first < before].sum() == pytest.approx(0.5)
    assert (takes.first[1:] == takes.last[:-1] + 1).all() and takes.last[-1] == len(takes.xyz) - 1
    assert torch.isfinite(next(iter(data.train_dataloader())).labelled.rays).all()
