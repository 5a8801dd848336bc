"""Pieces of work by plain Ray tasks: what is the same for each, and needs nothing kept from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from dance3d.pipeline.on_ray.session import LOCAL, session
from dance3d.pipeline.on_ray.shares import share_out

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
        share = share_out(ray.nodes(), at_a_time, wants_gpu=True)
        task = ray.remote(max_retries=RETRIES, num_cpus=share.cores, num_gpus=share.gpus)(work)
        waiting = {task.remote(item): item for item in items}
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            item = waiting.pop(ready)
            try:
                made: Made = ray.get(ready)
            except ray.exceptions.RayError as error:
                made = lost(item, _reason(error))
            yield made


def _reason(error: BaseException) -> str:
    """The last line of what Ray says, which is the error itself; of a lost process a short one."""
    from ray.exceptions import RayTaskError

    if isinstance(error, RayTaskError):
        return str(error).strip().splitlines()[-1]
    return f"the process that worked on it was lost {RETRIES + 1} times ({type(error).__name__})"
