"""Loaders of random batches: the same batches in the same order, however many processes make them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler

MOST_WORKERS = 4
"""Chosen: more processes than this have never been waited for."""


class Seeds(DistributedSampler[int]):
    """One seed for every batch of an epoch, from torch's own random state as it is when the epoch begins.

    A data set that makes a batch from its seed alone gives the same epoch to any number of workers. Each process of a
    training on several devices draws seeds of its own, so there is nothing to deal among them: Lightning leaves a
    ``DistributedSampler`` as it is.

    Args:
        count: batches per epoch.
    """

    def __init__(self, count: int) -> None:
        super().__init__(range(count), num_replicas=1, rank=0)  # type: ignore[arg-type]
        self.count = count

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
        for _ in range(self.count):
            yield int(torch.randint(2**62, (), generator=generator))

    def __len__(self) -> int:
        return self.count


def workers(asked: int | None) -> int:
    """Processes that make batches: as asked, else by the machine.

    None without a GPU, where they would take the cores that the net trains on (measured, ``docs/training.md``); with
    one, half of the cores, up to ``MOST_WORKERS``.

    Raises:
        ValueError: fewer than none.
    """
    if asked is None:
        return min(MOST_WORKERS, (os.cpu_count() or 1) // 2) if torch.cuda.is_available() else 0
    if asked < 0:
        raise ValueError(f"data.workers is {asked}, expected 0 or more")
    return asked


def drawn(batches: Dataset[Any], count: int, asked: int | None, lasting: bool = True) -> DataLoader[Any]:
    """An epoch of batches that are made from their seeds.

    Args:
        batches: gives the batch of a seed.
        count: batches per epoch.
        asked: processes, see ``workers``.
        lasting: processes live on from epoch to epoch; not where ``batches`` changes between epochs.
    """
    number = workers(asked)
    return DataLoader(
        batches,
        batch_size=None,
        sampler=Seeds(count),
        num_workers=number,
        persistent_workers=lasting and number > 0,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # of the loader's own seed, which lasting workers do not draw anew: nobody uses it
    )
