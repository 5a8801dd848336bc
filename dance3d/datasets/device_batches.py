"""Training batches that are made where the net trains.

The loader gives next to nothing, a seed or the numbers of some windows, and the data module makes the batch of it by
tensor code on the device of the trainer, from takes that were moved there once. On a CPU these are the batches that the
loader alone gives, bit for bit. A CUDA device has a generator of its own: from the same seed it draws other numbers, by
the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import lightning as L
import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset

from dance3d.datasets.loaders import random_loader, workers
from dance3d.geometry.precision import full_precision

T_co = TypeVar("T_co", covariant=True)
Parts = TypeVar("Parts", bound=tuple[Tensor, ...])
CPU = torch.device("cpu")


class Seed(int):
    """Seed of a batch that is still to be made."""


class Seeds(Dataset[Seed]):
    """Seeds in place of batches."""

    def __getitem__(self, seed: int) -> Seed:
        return Seed(seed)


class SeededBatches(Dataset[T_co]):
    """Random batches, each made from its seed alone, on any device."""

    def on(self, seed: int, device: torch.device) -> T_co:
        """The batch of a seed, on a device."""
        raise NotImplementedError

    def __getitem__(self, seed: int) -> T_co:
        return self.on(seed, CPU)


class Resident(Generic[Parts]):
    """A named tuple of tensors that stays on the device that asked for it last."""

    def __init__(self) -> None:
        self._kept: tuple[Parts, torch.device, Parts] | None = None

    def __call__(self, parts: Parts, device: torch.device) -> Parts:
        """The tensors on a device; they move where they are others than last time, or go elsewhere."""
        if parts[0].device == device:
            return parts
        if self._kept is None or self._kept[0] is not parts or self._kept[1] != device:
            moved: Parts = type(parts)(*(part.to(device) for part in parts))
            self._kept = parts, device, moved
        return self._kept[2]

    def __getstate__(self) -> dict[str, Any]:
        """Nothing: another process moves its own."""
        return {"_kept": None}


class _Making(NamedTuple):
    """What the loader gives, and how a batch is made of it on a device."""

    kind: type
    make: Callable[[Any, torch.device], Any]


class DeviceBatches(L.LightningDataModule):
    """A data module whose batches are made on the trainer's device.

    Iterated without a trainer, its loaders give the batches themselves, made on the CPU.
    """

    _making: _Making | None = None

    def make_on_device(self, kind: type, make: Callable[[Any, torch.device], Any]) -> bool:
        """Make batches of what the loaders give from now on, if a trainer is there; says whether one is."""
        if self.trainer is None:
            return False
        self._making = _Making(kind, make)
        return True

    def seeded_loader(
        self, batches: SeededBatches[Any], count: int, asked: int | None, lasting: bool = True
    ) -> DataLoader[Any]:
        """A loader of random batches: made on the trainer's device, or by processes beside it.

        Args:
            batches: made from a seed.
            count: batches per epoch.
            asked: number of processes that make them on the CPU; none or 0: made on the device of the trainer.
            lasting: as of ``random_loader``.
        """
        if not (asked and workers(asked)) and self.make_on_device(Seed, batches.on):
            return random_loader(Seeds(), count, workers(asked or 0))
        return random_loader(batches, count, asked or 0, lasting)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """The batch on a device: made there of what the loader gave, or moved there.

        Args:
            batch: what the loader gave.
            device: of the trainer.
            dataloader_idx: number of the loader.
        """
        if self._making is not None and isinstance(batch, self._making.kind):
            # Apple's GPU has no numbers in double precision, which positions in long takes need.
            with full_precision():
                batch = self._making.make(batch, CPU if device.type == "mps" else device)
        return super().transfer_batch_to_device(batch, device, dataloader_idx)


def generator_on(device: torch.device, seed: int) -> Generator | None:
    """A generator of a device, in the state of a seed; none for a device without values."""
    return None if device.type == "meta" else Generator(device).manual_seed(seed)
