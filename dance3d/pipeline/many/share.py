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
_CGROUP = Path("/sys/fs/cgroup")  # what a container may use, where the system has version 2


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
    """Cores that this process may use, also inside of a container that gets a share of them only."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = (_CGROUP / "cpu.max").read_text().split()
        cores = min(cores, max(int(quota) // int(period), 1))  # "max" is no number: no limit
    return cores


def available_memory() -> float:
    """Bytes that new processes may use; infinite where the system does not say."""
    found = []
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024.0)
    with suppress(OSError, ValueError):
        used = int((_CGROUP / "memory.current").read_text())
        found.append(float(int((_CGROUP / "memory.max").read_text()) - used))
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(
                0.5 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
            )  # chosen: half of what is there
    return min(found, default=float("inf"))
