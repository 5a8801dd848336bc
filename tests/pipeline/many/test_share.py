import pytest

from dance3d.pipeline.many import share as module
from dance3d.pipeline.many.share import MEMORY, Share, share


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
