"""What is scored in a training of several processes; two real ones are in ``tests/machines``."""

from types import SimpleNamespace

import torch
from torch.nn.parallel import DistributedDataParallel

from dance3d.training.callbacks import several_processes
from dance3d.training.callbacks.several_processes import ScoredApart


def test_the_wrapper_is_off_while_scoring_and_buffers_come_from_the_first_process(monkeypatch):
    module, sent = torch.nn.BatchNorm1d(2), []
    wrapped = DistributedDataParallel.__new__(DistributedDataParallel)
    torch.nn.Module.__init__(wrapped)
    monkeypatch.setattr(several_processes.distributed, "broadcast", lambda buffer, source: sent.append(source))
    trainer = SimpleNamespace(strategy=SimpleNamespace(model=wrapped))
    callback = ScoredApart()
    callback.on_validation_start(trainer, module)
    assert trainer.strategy.model is module and sent == [0, 0]  # mean and variance; the count is no average
    callback.on_validation_end(trainer, module)
    assert trainer.strategy.model is wrapped


def test_one_process_is_left_alone():
    module = torch.nn.Linear(1, 1)
    trainer = SimpleNamespace(strategy=SimpleNamespace(model=module))
    callback = ScoredApart()
    callback.on_validation_start(trainer, module)
    callback.on_validation_end(trainer, module)
    assert trainer.strategy.model is module
