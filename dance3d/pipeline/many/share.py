"""How many processes work side by side, and how many threads each may use: together the cores of this machine."""

from __future__ import annotations

from typing import NamedTuple

from dance3d.io.operating_system import available_memory, usable_cores

MEMORY = 1.5e9
"""Bytes that a process may come to need; chosen, see docs/many-videos.md for what was measured."""
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""What tells libraries how many threads to use; ``io.onnx_net`` reads the first."""


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
