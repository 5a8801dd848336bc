"""Hide log messages of Lightning that a user cannot act on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

NOISE = (  # warnings of Lightning and torch that no user can act on
    "does not have many workers",
    "You defined a `validation_step` but have no `val_dataloader`",
    "LeafSpec",
    "Couldn't infer the batch indices",
    "Your `IterableDataset` has `__len__` defined",
    "Checkpoint directory .* not empty",
    "smaller than the logging interval",
    "dataloader is not resumable",  # ``Resumable`` makes it so
    "was deprecated in v4",  # jsonargparse, of calls that Lightning makes
    "JsonargparseDeprecationWarning",
    "callbacks used to create the checkpoint need to be provided",
)


@contextmanager
def hidden_log_messages() -> Iterator[None]:
    """Hide messages of Lightning that a user cannot act on."""
    names = ("lightning.pytorch", "lightning.fabric")
    levels = {name: logging.getLogger(name).level for name in names}
    profilers = logging.getLogger("lightning.pytorch.profilers")
    levels[profilers.name] = profilers.level
    ours, handler = logging.getLogger("dance3d"), logging.StreamHandler()
    if not ours.hasHandlers():  # logging that is set up already stays
        ours.addHandler(handler)
    levels[ours.name] = ours.level
    ours.setLevel(ours.level or logging.INFO)  # a level that is set already stays, as by dance3d -q
    with warnings.catch_warnings():
        for pattern in NOISE:
            warnings.filterwarnings("ignore", f"(?s).*{pattern}")
        for name in names:
            logging.getLogger(name).setLevel(logging.WARNING)
        profilers.setLevel(logging.INFO)  # what somebody asked for
        try:
            yield
        finally:
            ours.removeHandler(handler)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
