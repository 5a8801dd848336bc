import numpy as np
import pytest

from dance3d.training.lr_schedule import Cosine


def test_the_schedule_warms_up_falls_and_ends_at_its_floor():
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = Cosine(optimizer, warmup=0.1, final=0.1)
    schedule.stretch(100)
    shares = [schedule.share(step) for step in range(101)]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(2.0 * shares[0]) and 0 < shares[0] < 0.1
    assert shares[10] == 1 and shares[55] == pytest.approx(0.55) and shares[100] == pytest.approx(0.1)
    assert np.all(np.diff(shares[:11]) > 0)
    assert np.all(np.diff(shares[10:]) < 0)
    with pytest.raises(ValueError, match=r"lr_scheduler\.final is 2"):
        Cosine(optimizer, final=2)


def test_a_geometric_fall_multiplies_by_the_same_factor_in_every_step():
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = Cosine(optimizer, final=0.95**8, geometric=True)
    schedule.stretch(8)
    assert [schedule.share(step) for step in range(10)] == pytest.approx([0.95 ** min(step, 8) for step in range(10)])
    with pytest.raises(ValueError, match="never reaches"):
        Cosine(optimizer, geometric=True)
