"""Pieces of work by plain Ray tasks: what is the same for each, and needs nothing kept from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from dance3d.pipeline.on_ray.session import LOCAL, session

Item = TypeVar("Item")
Made = TypeVar("Made")
RETRIES = 2
"""How often a task is begun again whose process is lost; chosen."""


def results(
    work: Callable[[Item], Made],
    items: Sequence[Item],
    lost: Callable[[Item, str], Made],
    address: str = LOCAL,
    at_a_time: int | None = None,
) -> Iterator[Made]:
    """Do work on a cluster, which is shared out among what is done at a time; results as soon as they are there.

    Args:
        work: on one item.
        items: to work on.
        lost: what stands for a result that never came, with the reason.
        address: as of ``session``.
        at_a_time: how many; one for each GPU if not given, or each core where there is none.

    Raises:
        ValueError: Ray is not installed, or nobody answers at the address.
    """
    with session(address) as ray:
        share = _share(ray.nodes(), at_a_time)
        task = ray.remote(max_retries=RETRIES, **share)(work)
        waiting = {task.remote(item): item for item in items}
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            item = waiting.pop(ready)
            try:
                made: Made = ray.get(ready)
            except ray.exceptions.RayError as error:
                made = lost(item, _reason(error))
            yield made


def _share(nodes: Sequence[Any], at_a_time: int | None) -> dict[str, float]:
    """Cores and GPUs of one piece of work; no more than a machine has, as it would wait for them for ever."""
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    cores, gpus = (sum(one.get(kind, 0) for one in alive) for kind in ("CPU", "GPU"))
    number = at_a_time or int(gpus or cores) or 1
    most = max((one.get("CPU", 0) for one in alive if one.get("GPU", 0) or not gpus), default=1)
    return {"num_cpus": max(1, min(cores // number, most)), "num_gpus": min(1.0, gpus / number)}


def _reason(error: BaseException) -> str:
    """The last line of what Ray says, which is the error itself; of a lost process a short one."""
    from ray.exceptions import RayTaskError

    if isinstance(error, RayTaskError):
        return str(error).strip().splitlines()[-1]
    return f"the process that worked on it was lost {RETRIES + 1} times ({type(error).__name__})"
