"""Rows of one process alone; those of several are in ``tests/machines``."""

import torch

from dance3d.metrics import all_processes
from dance3d.metrics.all_processes import of_all_processes


def test_one_process_has_its_own_rows():
    rows = [(torch.zeros(2), torch.ones(1))]
    assert of_all_processes(rows) == rows and of_all_processes(()) == []


def test_rows_come_in_the_order_of_the_processes(monkeypatch):
    def gather(every, mine):
        every[:] = [["a"], [], mine]

    for name, value in {
        "is_initialized": lambda: True,
        "get_world_size": lambda: 3,
        "all_gather_object": gather,
    }.items():
        monkeypatch.setattr(all_processes.distributed, name, value)
    assert of_all_processes(["b", "c"]) == ["a", "b", "c"]
