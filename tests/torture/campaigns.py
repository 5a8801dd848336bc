"""The campaigns by name, each in a process of its own, a few at one time."""

from __future__ import annotations

import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from torture import cache_damage, disks, fuzz, kills, load, long_runs
from torture.processes import Child
from torture.table import Tally

CAMPAIGNS: dict[str, Callable[[Path, float, int, str], Iterator[Tally]]] = {
    "long": long_runs.campaign,
    "kills": kills.campaign,
    "cache": cache_damage.campaign,
    "files": fuzz.campaign,
    "load": load.campaign,
    "disks": disks.campaign,
}
"""Name to what is tried, by a folder, a scale, a seed and a part of the names of what is wanted: rows of the table."""


def run_all(names: Sequence[str], folder: Path, scale: float, seed: int, jobs: int, until: float) -> list[Tally]:
    """The rows of all campaigns, in their order.

    Args:
        names: of ``CAMPAIGNS``, such as ``kills``, or ``kills:train`` for a part of it.
        folder: for what they write; each removes what it does not need any more.
        scale: 1 for all of it.
        seed: what happens depends on it, and on when a kill comes.
        jobs: campaigns at one time.
        until: time at which what still runs is stopped.
    """
    waiting, running, rows = list(names), {}, {}
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            (folder / name).mkdir(parents=True)
            work = lambda name=name: _campaign(name, folder / name, scale, seed)  # noqa: E731
            running[name] = Child(work, log=folder / f"{name}.log")
        time.sleep(0.2)
        for name, child in list(running.items()):
            if child.ended() or time.time() > until:
                rows[name] = _rows(name, child, folder)
                del running[name]
                print(*(f"{row.what}: {row.held} of {row.tried}" for row in rows[name]), sep="\n", flush=True)
    return [row for name in names for row in rows[name]]


def _campaign(name: str, folder: Path, scale: float, seed: int) -> None:
    """One campaign; every row is written when it is done."""
    from torture.prepared import warm

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    os.environ["DANCE3D_CACHE"] = str(folder / "no-cache-was-named")
    warm()
    rows = []
    campaign, _, part = name.partition(":")
    for row in CAMPAIGNS[campaign](folder, scale, seed, part):
        rows.append(row.plain())
        (folder.parent / f"{name}.json").write_text(json.dumps(rows))


def _rows(name: str, child: Child, folder: Path) -> list[Tally]:
    """What a campaign wrote; where it did not end by itself, that is a fault."""
    killed = child.kill()
    path = folder / f"{name}.json"
    rows = [Tally(**row) for row in json.loads(path.read_text())] if path.exists() else []
    if child.status != 0:
        said = "was stopped: no time is left" if killed else f"ended with {child.status}"
        rows.append(Tally(f"{name}, to its end", 1, [f"the campaign {said}; {child.said()}"]))
    return rows
