"""Processes, locks, cores and memory; Windows by stand-ins for its libraries."""

import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from dance3d.io import operating_system as module
from dance3d.io.operating_system import available_memory, is_running, lock, peak_memory, usable_cores


def test_a_process_is_running_until_it_ends():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_running(process.pid) and is_running(os.getpid())
    process.communicate(b"\n")
    assert not is_running(process.pid) and not is_running(2**40)


class _Kernel:
    """Windows' library of processes: one that runs, one that has ended and is still known, one of somebody else."""

    running, ended, foreign = 11, 12, 13

    def __init__(self) -> None:
        self.open = 0

    def OpenProcess(self, rights, inherit, process):
        assert rights == 0x101000 and not inherit
        found = process in (self.running, self.ended)
        self.open += found
        return process * found

    def WaitForSingleObject(self, handle, milliseconds):
        assert milliseconds == 0
        return 0x102 if handle == self.running else 0

    def CloseHandle(self, handle):
        self.open -= 1


@pytest.mark.parametrize(
    ("process", "error", "expected"), [(11, 0, True), (12, 0, False), (13, 5, True), (14, 87, False)]
)
def test_on_windows_a_process_is_asked_without_a_signal(process, error, expected):
    kernel = _Kernel()
    assert module._is_running_on_windows(process, kernel, lambda: error) is expected
    assert kernel.open == 0


def test_a_locked_file_is_refused_to_others_until_it_is_closed(tmp_path):
    first, second = (os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert lock(first) and not lock(second, wait=False)
    threading.Timer(0.1, os.close, [first]).start()
    assert lock(second)
    os.close(second)


class _Runtime:
    """Windows' locks of bytes, as Python's msvcrt has them: the position of the file counts."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: set[int] = set()

    def locking(self, handle, mode, count):
        assert mode == self.LK_NBLCK and count == 1
        place = os.lseek(handle, 0, os.SEEK_CUR)
        if place in self.held:
            raise PermissionError(13, "Permission denied")
        self.held.add(place)


def test_on_windows_a_byte_behind_the_content_is_locked_and_waited_for(tmp_path):
    runtime, path = _Runtime(), tmp_path / "file"
    path.write_bytes(b"content")
    handle = os.open(path, os.O_RDWR)
    os.lseek(handle, 3, os.SEEK_SET)
    assert module._lock_on_windows(handle, True, runtime)
    assert os.lseek(handle, 0, os.SEEK_CUR) == 3 and min(runtime.held) > 2**30
    assert not module._lock_on_windows(handle, False, runtime)
    threading.Timer(0.1, runtime.held.clear).start()
    assert module._lock_on_windows(handle, True, runtime)
    os.close(handle)
    assert path.read_bytes() == b"content"


def test_peak_memory_is_that_of_this_process_where_the_system_says(monkeypatch):
    found = peak_memory()
    assert found is not None and 10 < found < 1e6
    monkeypatch.setattr(module, "sys", SimpleNamespace(platform="darwin"))
    assert peak_memory() == pytest.approx(peak_memory())
    assert peak_memory() < found / 1000 + 1  # there it is bytes, not KiB
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_memory() is None


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
