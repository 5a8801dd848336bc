"""``dance3d bench``: the figures of the documentation, measured on this machine, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dance3d.api import predict
from dance3d.lazy_import import resolve
from dance3d.registry import STAGES, Stage, get

Send = Callable[[str, Mapping[str, float]], object]
"""Takes the name of a stage, and figures of it."""


def bench(
    stages: Sequence[str],
    data: Path | None,
    out: Path | None,
    budget: float = 0.0,
    shown: bool = True,
    send: Send | None = None,
) -> dict[str, float]:
    """Measure stages, print a table each, and write the figures.

    Args:
        stages: names; all that have figures if empty.
        data: folder to score on instead of the default split.
        out: JSON file: each figure under its dotted name, and again nested by the name's parts. With several stages
            the names begin with the stage's.
        budget: seconds for each training of those figures that need one; 0 leaves them and those of speed out, as does
            ``data``.
        shown: whether tables are printed.
        send: is given the figures of each piece too.

    Raises:
        ValueError: a stage without figures, a folder that is not there, or a budget below 0.
    """
    if not budget >= 0:
        raise ValueError(f"--budget is {budget} seconds, expected 0 or more")
    if data is not None and not data.is_dir():
        raise ValueError(f"--data {data} is not a folder")
    able = [name for name, stage in STAGES.items() if stage.bench]
    for name in stages:
        if get(name).name not in able:
            raise ValueError(f"stage {name} has no figures; choose from {', '.join(able)}")
    measured = ((name, found) for name in stages or able for found in _measured(get(name), data, budget))
    return publish(measured, out, shown, named=len(stages) != 1, send=send)


def publish(
    measured: Iterable[tuple[str, Mapping[str, float]]],
    out: Path | None,
    shown: bool = True,
    named: bool = False,
    send: Send | None = None,
) -> dict[str, float]:
    """Print figures and write them, piece by piece as they come.

    Args:
        measured: name of the stage, and figures.
        out: JSON file, as ``bench`` writes it.
        shown: whether tables are printed.
        named: whether the names begin with the stage's.
        send: is given the figures of each piece too.
    """
    figures: dict[str, float] = {}
    for stage, found in measured:
        if shown:
            _print(stage, found)
        figures |= {f"{stage}.{key}" if named else key: value for key, value in found.items()}
        if out is not None:  # at once: later pieces may take an hour
            out.write_text(json.dumps({**nested(figures), **figures}, indent=1))
        if send is not None:
            send(stage, found)
    return figures


def _measured(row: Stage, data: Path | None, budget: float) -> Iterator[dict[str, float]]:
    yield from pieces(row.bench, data)
    if row.trials and budget and data is None:
        yield from resolve(row.trials)(budget, predict)


def pieces(measure: str, data: Path | None) -> Iterator[dict[str, float]]:
    """What ``module:function`` of a stage's row measures, piece by piece, even if it comes at once."""
    found = resolve(measure)(data, predict)
    yield from [found] if isinstance(found, dict) else found


def nested(figures: Mapping[str, float]) -> dict[str, Any]:
    """``{"a.b": 1}`` as ``{"a": {"b": 1}}``; a name that another begins with keeps its value under ``value``."""
    tree: dict[str, Any] = {}
    for name, value in sorted(figures.items()):
        *path, last = name.split(".")
        node = tree
        for part in path:
            below = node.setdefault(part, {})
            if not isinstance(below, dict):
                below = node[part] = {"value": below}
            node = below
        node[last] = value
    return tree


def _print(stage: str, figures: Mapping[str, float]) -> None:
    table = Table(title=stage, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4g}")
    Console().print(table)
