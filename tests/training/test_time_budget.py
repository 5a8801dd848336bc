import itertools

import lightning as L
import pytest
import torch
from torch.utils.data import DataLoader

from dance3d.training.time_budget import fit_for

BATCHES = DataLoader(torch.ones(20, 1), batch_size=4)


class Line(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)
        self.rates = []

    def training_step(self, batch, batch_idx):
        self.rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        return (self.line(batch) - 3 * batch).square().mean()


def train(seconds, **given):
    """With a clock that goes on by a second whenever it is read: two readings a step."""
    ticks = itertools.count()
    module = Line()
    steps = fit_for(module, BATCHES, seconds, 0.1, precision="32-true", now=lambda: next(ticks), **given)
    return module, steps


def test_it_stops_when_the_time_is_over_with_the_rate_going_up_and_down():
    module, steps = train(100)
    assert steps == len(module.rates) == 50
    assert max(module.rates) > 0.09 and module.rates[0] < 0.1 and module.rates[-1] == pytest.approx(0.001)
    assert module.rates[2:] == sorted(module.rates[2:], reverse=True)


def test_it_stops_after_so_many_steps_whatever_the_time():
    seen = []
    module, steps = train(1, steps=10, look=seen.append, looks=2)
    assert steps == len(module.rates) == 10 and len(seen) == 2
    assert module.rates[0] < module.rates[1] and module.rates[1:] == sorted(module.rates[1:], reverse=True)


def test_it_looks_as_often_as_asked_and_looking_takes_no_time():
    seen, ticks = [], itertools.count()

    def look(passed):
        seen.append(passed)
        for _ in range(1000):
            next(ticks)

    module = Line()
    fit_for(module, BATCHES, 100, 0.1, look=look, looks=4, precision="32-true", now=lambda: next(ticks))
    assert len(seen) == 4 and seen == sorted(seen)
    assert all(due <= passed < due + 6 for due, passed in zip((25, 50, 75, 100), seen, strict=True))


def test_what_counts_takes_time():
    seen, ticks = [], itertools.count()

    def look(passed):
        seen.append(passed)
        for _ in range(60):
            next(ticks)

    steps = fit_for(
        Line(), BATCHES, 100, 0.1, look=look, looks=2, counted=True, precision="32-true", now=lambda: next(ticks)
    )
    assert len(seen) == 2 and 50 <= seen[0] < 56 and seen[1] > 100 and steps < 30


def test_it_looks_as_often_as_asked_even_where_a_step_outlasts_the_budget():
    seen = []
    train(1, look=seen.append, looks=3)
    assert len(seen) == 3 and len(set(seen)) == 3
