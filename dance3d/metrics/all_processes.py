"""What the processes of one training have seen, together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from torch import distributed

T = TypeVar("T")


def of_all_processes(rows: Sequence[T]) -> list[T]:
    """Rows of every process, in the order of the processes, the same in all of them; all have to call it.

    Args:
        rows: of this process: tensors on the CPU, or tuples of them.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return list(rows)
    every: list[list[T]] = [[] for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(every, list(rows))
    return [row for part in every for row in part]
