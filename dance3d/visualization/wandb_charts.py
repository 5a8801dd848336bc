"""Charts as tables with the kind of chart, which W&B draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dance3d.metrics.calibration import Reliability

Value = str | float | int | None
Kind = Literal["table", "bars", "lines", "confusion"]
_WIDTH: dict[Kind, int] = {"table": 0, "bars": 2, "lines": 3, "confusion": 3}


@dataclass(frozen=True)
class Chart:
    """A table, and the kind of chart that shows it.

    Attributes:
        columns: names.
        rows: of as many values, none where one is missing.
        kind: ``bars`` (a name and its value), ``lines`` (x, y and the name of the line), ``confusion`` (the true class,
            the answer, how often), or ``table`` (anything).
        title: of the chart.

    Raises:
        ValueError: the kind is not known, or columns or rows are not as wide as it takes.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    kind: Kind = "table"
    title: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _WIDTH:
            raise ValueError(f"chart {self.title!r} has kind {self.kind!r}; choose from {', '.join(_WIDTH)}")
        width = _WIDTH[self.kind] or len(self.columns)
        if {len(self.columns), *map(len, self.rows)} != {width}:
            raise ValueError(f"chart {self.title!r} of kind {self.kind} has other than {width} columns")


@runtime_checkable
class HasCharts(Protocol):
    """A LightningModule that has figures beyond single numbers."""

    def validation_charts(self) -> Mapping[str, Chart]:
        """Named charts of the validation that has just ended."""


def table(columns: Sequence[str], rows: Iterable[Sequence[Value]], title: str = "") -> Chart:
    """A table.

    Args:
        columns: their names.
        rows: of the table, each as long as ``columns``.
        title: of the chart.
    """
    return Chart(tuple(columns), tuple(tuple(_plain(one) for one in row) for row in rows), "table", title)


def bars(values: Mapping[str, float], title: str, value: str) -> Chart:
    """A bar for each name.

    Args:
        values: by name.
        title: of the chart.
        value: what is measured.
    """
    return Chart(("name", value), tuple((name, _plain(one)) for name, one in values.items()), "bars", title)


def lines(
    values: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str, x: str, y: str, line: str = "line"
) -> Chart:
    """Lines by name; points with a NaN are left out.

    Args:
        values: (x, y) sequences by name of the line.
        title: of the chart.
        x: title of the x axis.
        y: title of the y axis.
        line: title of the legend.

    Raises:
        ValueError: a line has not as many places as values.
    """
    rows = [
        (float(along), float(up), name)
        for name, points in values.items()
        for along, up in zip(*points, strict=True)
        if np.isfinite(along) and np.isfinite(up)
    ]
    return Chart((x, y, line), tuple(rows), "lines", title)


def reliability(found: Reliability, title: str) -> Chart:
    """Predicted against observed frequency, beside the diagonal of perfect calibration."""
    curves = {"came true": (found.said.tolist(), found.came.tolist()), "as said": ([0.0, 1.0], [0.0, 1.0])}
    return lines(curves, title, "probability", "share that came true")


def confusion(counts: NDArray[np.generic], names: Sequence[str], title: str) -> Chart:
    """A confusion matrix.

    Args:
        counts: (G, G) how often a class (row) was taken for another (column).
        names: of the G classes.
        title: of the chart.

    Raises:
        ValueError: the counts are not (G, G).
    """
    if np.shape(counts) != (len(names), len(names)):
        raise ValueError(f"counts of {len(names)} classes have shape {np.shape(counts)}")
    times = np.asarray(counts).astype(int).tolist()
    rows = [(true, answer, times[i][j]) for i, true in enumerate(names) for j, answer in enumerate(names)]
    return Chart(("true", "answered", "times"), tuple(rows), "confusion", title)


def to_wandb(chart: Chart) -> Any:
    """A chart as W&B's own.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    data = wandb.Table(columns=list(chart.columns), data=[list(row) for row in chart.rows])
    if chart.kind == "bars":
        name, value = chart.columns
        return wandb.plot.bar(data, name, value, title=chart.title)
    if chart.kind == "lines":
        x, y, line = chart.columns
        return wandb.plot.line(data, x, y, stroke=line, title=chart.title)
    if chart.kind == "confusion":  # wandb.plot.confusion_matrix wants every answer anew, not their counts
        fields = dict(zip(("Actual", "Predicted", "nPredictions"), chart.columns, strict=True))
        return wandb.plot_table("wandb/confusion_matrix/v1", data, fields, {"title": chart.title})
    return data


def _plain(value: Any) -> Value:
    """None for NaN, which no JSON has."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
