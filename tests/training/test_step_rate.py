import json
from types import SimpleNamespace

import pytest
import torch

from dance3d.training import step_rate
from dance3d.training.step_rate import StepRate


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when it is told to."""
    now = SimpleNamespace(time=0.0)
    monkeypatch.setattr(step_rate.time, "perf_counter", lambda: now.time)
    return now


def test_steps_count_without_warm_up_and_validation(tmp_path, clock):
    progress = SimpleNamespace(is_last_batch=False)
    trainer = SimpleNamespace(
        strategy=SimpleNamespace(root_device=torch.device("cpu")),
        fit_loop=SimpleNamespace(epoch_loop=SimpleNamespace(batch_progress=progress)),
        is_global_zero=True,
        world_size=1,
    )
    rate = StepRate(str(tmp_path / "new" / "rate.json"), warm_up=2)
    for step in range(10):
        clock.time += 100.0 if step < 2 else 0.5  # the first are slow
        progress.is_last_batch = step in (4, 9)
        rate.on_train_batch_end(trainer, None, None, None, step)
        if step == 4:
            clock.time += 50.0  # a validation
            rate.on_validation_start(trainer, None)
    rate.on_train_end(trainer, None)
    found = json.loads((tmp_path / "new" / "rate.json").read_text())
    assert found["steps"] == 10 and found["steps_per_s"] == pytest.approx(2.0) and found["memory_mib"] > 1


def test_a_training_of_one_step_has_no_rate(tmp_path, clock):
    trainer = SimpleNamespace(
        strategy=SimpleNamespace(root_device=torch.device("cpu")), is_global_zero=True, world_size=2
    )
    StepRate(str(tmp_path / "rate.json")).on_train_end(trainer, None)
    assert json.loads((tmp_path / "rate.json").read_text())["steps_per_s"] is None
