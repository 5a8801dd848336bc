import os

import pytest

from dance3d.pipeline.many import share as module
from dance3d.pipeline.many.share import MEMORY, Share, available_memory, share, usable_cores


@pytest.mark.parametrize(
    ("asked", "jobs", "cores", "memory", "expected"),
    [
        (2, 100, 8, 100, Share(2, 4)),
        (3, 100, 8, 100, Share(3, 2)),
        (16, 100, 8, 1, Share(16, 1)),
        (0, 100, 8, 100, Share(8, 1)),
        (0, 100, 8, 3.5, Share(3, 2)),
        (0, 100, 8, 0.1, Share(1, 8)),
        (0, 2, 8, 100, Share(2, 4)),
        (4, 0, 8, 100, Share(1, 8)),
    ],
)
def test_processes_share_the_cores(monkeypatch, asked, jobs, cores, memory, expected):
    monkeypatch.setattr(module, "usable_cores", lambda: cores)
    monkeypatch.setattr(module, "available_memory", lambda: memory * MEMORY)
    assert share(asked, jobs) == expected


def test_a_container_may_have_less_than_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert usable_cores() == 8
    for said, cores in (("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("3200000 100000", 8)):
        (tmp_path / "cpu.max").write_text(f"{said}\n")
        assert usable_cores() == cores, said
    assert available_memory() > 1e6
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert available_memory() > 1e6
    (tmp_path / "memory.max").write_text("3000\n")
    assert available_memory() == 2000


def test_a_scheduler_limits_the_group_of_its_task(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CGROUP", tmp_path)
    monkeypatch.setattr(module, "_OWN_GROUP", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    (tmp_path / "own").write_text("1:name=x:/other\n0::/slurm/job_5/task_0\n")
    (tmp_path / "slurm/job_5/task_0").mkdir(parents=True)
    (tmp_path / "slurm/job_5/memory.max").write_text("9000")
    (tmp_path / "slurm/job_5/memory.current").write_text("2000")
    (tmp_path / "slurm/job_5/task_0/cpu.max").write_text("300000 100000")
    assert (usable_cores(), available_memory()) == (3, 7000)
