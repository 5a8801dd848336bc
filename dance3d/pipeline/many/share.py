"""How many processes work side by side, and how many threads each may use: together the cores of this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MEMORY = 1.5e9
"""Bytes that a process may come to need; chosen, see docs/many-videos.md for what was measured."""
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""What tells libraries how many threads to use; ``io.onnx_net`` reads the first."""
_CGROUP, _OWN_GROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


class Share(NamedTuple):
    """Processes, and threads of each."""

    processes: int
    threads: int


def share(asked: int, jobs: int) -> Share:
    """The processes for so many jobs.

    Args:
        asked: number of processes; 0 chooses as many as there are cores, and memory for.
        jobs: there are; more processes than that make no sense.
    """
    cores = usable_cores()
    fitting = max(int(available_memory() / MEMORY), 1)
    processes = max(min(asked or min(cores, fitting), jobs), 1)
    return Share(processes, max(cores // processes, 1))


def usable_cores() -> int:
    """Cores that this process may use, also where a container or a scheduler gives it a share of them only."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _groups():
        with suppress(OSError, ValueError):
            quota, period = (group / "cpu.max").read_text().split()
            cores = min(cores, max(int(quota) // int(period), 1))  # "max" is no number: no limit
    return cores


def available_memory() -> float:
    """Bytes that new processes may use; infinite where the system does not say."""
    found = []
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024.0)
    for group in _groups():
        with suppress(OSError, ValueError):
            most, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
            found.append(float(most - used))
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2)  # chosen: others need some, too
    return min(found, default=float("inf"))


def _groups() -> list[Path]:
    """The control groups (version 2) whose limits hold for this process: its own and those above."""
    own = ""
    with suppress(OSError):
        lines = _OWN_GROUP.read_text().splitlines()
        own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    return [_CGROUP / own, *(_CGROUP / own).parents[: len(Path(own).parts)]]
