"""Loaders of batches: the same batches in the same order, however many processes make them.

A stage says how a batch is gathered; the data sets here say which rows it gets: random ones, a fixed list, or the views
of each clip in order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from dance3d.io.operating_system import usable_cores

MOST_WORKERS = 4
"""Chosen: more processes have never been faster."""
FPS = 30.0
"""Chosen: frames per second of clips of crops, whose folder says only which frame a moment was."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
ViewKey = TypeVar("ViewKey", bound=tuple[Any, ...])


class BatchSeeds(DistributedSampler[int]):
    """One seed for every batch of an epoch, from torch's random state at the start of the epoch.

    A data set that makes a batch from its seed alone gives the same epoch with any number of workers. In training on
    several devices each process has its own seeds, so nothing has to be distributed: Lightning does not replace a
    ``DistributedSampler``.

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


class OwnRows(DistributedSampler[int]):
    """Row numbers as given: Lightning does not distribute those of a ``DistributedSampler`` again.

    Args:
        rows: of this process, in order.
    """

    def __init__(self, rows: range) -> None:
        super().__init__(rows, num_replicas=1, rank=0)  # type: ignore[arg-type]
        self.rows = rows

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def own_share(count: int) -> range:
    """Which of ``count`` rows this process scores: where a training has several, each row falls to one of them.

    Where there are fewer rows than processes, all processes score all rows: none goes without, and means stay the same.
    """
    several = distributed.is_available() and distributed.is_initialized()
    number, rank = (distributed.get_world_size(), distributed.get_rank()) if several else (1, 0)
    return range(rank, count, number) if count >= number else range(count)


def workers(asked: int | None) -> int:
    """Number of processes that read batches from files: as asked, else chosen by the machine.

    0 without a GPU, where they would take the cores that train the net (measured, ``docs/training.md``); with one, half
    of the cores, up to ``MOST_WORKERS``.

    Raises:
        ValueError: below 0.
    """
    if asked is None:
        return min(MOST_WORKERS, usable_cores() // 2) if torch.cuda.is_available() else 0
    if asked < 0:
        raise ValueError(f"data.workers is {asked}, expected 0 or more")
    return asked


def random_loader(batches: Dataset[Any], count: int, asked: int | None, lasting: bool = True) -> DataLoader[Any]:
    """A loader of random batches.

    Args:
        batches: data set that makes a batch from a seed.
        count: batches per epoch.
        asked: number of processes, see ``workers``.
        lasting: keep processes from epoch to epoch; false if ``batches`` changes between epochs.
    """
    number = workers(asked)
    return DataLoader(
        batches,
        batch_size=None,
        sampler=BatchSeeds(count),
        num_workers=number,
        persistent_workers=lasting and number > 0,
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator(),  # keeps the loader from using torch's random state for a seed that nothing uses
    )


class RandomBatches(Dataset[T_co]):
    """Random batches, each made from its seed alone.

    Args:
        make: the batch, from a random generator.
    """

    def __init__(self, make: Callable[[torch.Generator], T_co]) -> None:
        self.make = make

    def __getitem__(self, seed: int) -> T_co:
        return self.make(torch.Generator().manual_seed(seed))


class FixedBatches(Dataset[T_co]):
    """Batches of a fixed list of rows, in order; the last may be smaller.

    Args:
        gather: the batch of some row numbers.
        rows: (N,) row numbers, in order.
        size: rows per batch.
    """

    def __init__(self, gather: Callable[[NDArray[np.intp]], T_co], rows: NDArray[np.intp], size: int) -> None:
        self.gather, self.rows, self.size = gather, rows, size

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def __getitem__(self, index: int) -> T_co:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.gather(self.rows[index * self.size : (index + 1) * self.size])


def scored_loader(
    rows: Dataset[Any], size: int | None = None, collate: Callable[[Any], Any] | None = None
) -> DataLoader[Any]:
    """A loader of what is scored, in order; several processes share the rows (``own_share``).

    Args:
        rows: data set of rows, or ``FixedBatches``.
        size: rows per batch; none for ``FixedBatches``.
        collate: makes the batch of its rows; none: by stacking them.
    """
    if isinstance(rows, FixedBatches):
        own = FixedBatches(rows.gather, rows.rows[own_share(len(rows.rows))], rows.size)
        return DataLoader(own, batch_size=None, sampler=OwnRows(range(len(own))))
    own_rows = OwnRows(own_share(len(rows)))  # type: ignore[arg-type]
    return DataLoader(rows, batch_size=size, sampler=own_rows, collate_fn=collate)


class ClipView(NamedTuple, Generic[T]):
    """The crops that one camera has of one clip.

    Attributes:
        batch: the crops in order of time.
        time: (N,) seconds.
    """

    batch: T
    time: Tensor


class ClipViews(Dataset[ClipView[T]], Generic[T, ViewKey]):
    """Every view of every clip, one view at a time.

    Args:
        crops: (view, frame, row number) of every crop. A view is a tuple that names its clip and camera, by which views
            are sorted. Of several crops of one frame the first counts.
        gather: the batch of one view and some of its row numbers.
    """

    def __init__(self, crops: Iterable[tuple[ViewKey, int, int]], gather: Callable[[ViewKey, list[int]], T]) -> None:
        self.gather, rows = gather, dict[ViewKey, dict[int, int]]()
        for view, frame, row in crops:
            rows.setdefault(view, {}).setdefault(frame, row)
        self.views = [(view, sorted(by_frame.items())) for view, by_frame in sorted(rows.items())]

    def __len__(self) -> int:
        return len(self.views)

    def __getitem__(self, index: int) -> ClipView[T]:
        view, rows = self.views[index]
        time = torch.tensor([frame for frame, _ in rows], dtype=torch.float64) / FPS
        return ClipView(self.gather(view, [row for _, row in rows]), time)
