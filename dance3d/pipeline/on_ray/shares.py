"""What each piece of work gets of a cluster: cores and, where they help, GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class ClusterShare(NamedTuple):
    """Work that goes on at a time, and what each piece of it gets.

    Attributes:
        number: of pieces at a time.
        cores: of each.
        gpus: of each; a part of one where several share it.
    """

    number: int
    cores: int
    gpus: float


def share_out(nodes: Sequence[Any], asked: int | None, wants_gpu: bool, per_gpu: int = 1) -> ClusterShare:
    """Share out a cluster, so that all pieces find room on its machines: one that does not would wait for ever.

    Args:
        nodes: as ``ray.nodes()`` has them.
        asked: pieces at a time; one for each core if not given, or ``per_gpu`` for each GPU; no more than cores.
        wants_gpu: GPUs help; then only machines that have some are counted, where there are such.
        per_gpu: pieces that share a GPU if nobody asks for another number.
    """
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    with_gpu = [one for one in alive if one.get("GPU", 0) >= 1]
    counted = with_gpu if wants_gpu and with_gpu else alive
    each = [int(one.get("CPU", 0)) for one in counted]
    gpus = int(sum(one.get("GPU", 0) for one in counted)) if counted is with_gpu else 0
    number = max(1, min(asked or gpus * per_gpu or sum(each), sum(each)))
    fitting = (cores for cores in range(max(each, default=1), 0, -1) if sum(one // cores for one in each) >= number)
    each_gpu = 1 / -(-number // gpus) if gpus else 0.0  # whole numbers of pieces on each
    return ClusterShare(number, next(fitting, 1), each_gpu)
