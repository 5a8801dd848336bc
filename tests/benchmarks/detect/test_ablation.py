from functools import partial

import pytest
import torch
from small_detector import loss_of, make_batch

from dance3d.benchmarks.detect.ablation import ROWS
from dance3d.stages.detect.loss_schedule import TERMS
from dance3d.stages.detect.module import DetectModule

SMALL = partial(DetectModule, size=64, width=16, prior=4)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_ablation_learns_at_every_step_of_its_cascade(row, batch):
    torch.manual_seed(0)
    module = SMALL(**ROWS[row])
    cascade = module.cascade
    for share in [*cascade.at, 1.0]:
        module.zero_grad()
        loss, said = loss_of(module, batch, share)
        loss.backward()
        assert torch.isfinite(loss) and loss > 0, (row, share, said)
        for name, one in module.net.named_parameters():
            assert one.grad is not None and torch.isfinite(one.grad).all(), (row, share, name)
        weights = cascade.now(share)[0]
        expected = {name for name in TERMS if weights[name]} - (set() if module.prior else {"physique"})
        assert expected <= {name.removeprefix("train/") for name in said}, (row, share)
