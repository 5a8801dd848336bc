"""One process alone; two of them are in ``tests/machines``."""

import torch

from dance3d.benchmarks.machines import worker


def test_what_differs_between_processes_is_named(monkeypatch):
    module = torch.nn.Linear(2, 1)

    def gather(every, mine):
        every[:] = [mine, mine | {"bias": mine["bias"] + 1}]

    monkeypatch.setattr(worker.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(worker.distributed, "all_gather_object", gather)
    assert worker.differing(module) == ["bias"]
