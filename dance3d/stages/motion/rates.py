"""Frequency and duration of every movement in a folder of motion: a table and plots."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import MotionClip
from dance3d.datasets.mocap import load_motion
from dance3d.movement_types import MOVEMENTS, NAMES, PARTS
from dance3d.skeleton import H36M17
from dance3d.stages.motion.rules.computed_labels import label
from dance3d.stages.motion.rules.thresholds import Thresholds
from dance3d.timeseries.segments import segments_by_column
from dance3d.visualization.plots import series
from dance3d.visualization.skeleton import Image

UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Rate:
    """Statistics of one movement over all takes.

    Attributes:
        movement: its name.
        kind: its kind.
        events: number of events.
        per_minute: events per minute.
        share: of all frames.
        shortest, median, longest: durations in seconds, 10th, 50th and 90th percentile; NaN without events.
    """

    movement: str
    kind: str
    events: int
    per_minute: float
    share: float
    shortest: float
    median: float
    longest: float


def of_clip(clip: MotionClip, thresholds: Thresholds | None = None) -> NDArray[np.bool_]:
    """(T, 154) movements in a take of true motion, by rule."""
    xyz = clip.xyz.astype(np.float64)
    root = xyz[:, H36M17.index("pelvis")]
    return label(xyz - root[:, None], np.arange(len(xyz)) / clip.fps, UP, root, thresholds) > 0


def rates(clips: Sequence[MotionClip], thresholds: Thresholds | None = None) -> list[Rate]:
    """Rates of all 154 movements, in the order of ``MOVEMENTS``.

    Args:
        clips: world motion, y up.
        thresholds: of the rules; the project's own if None.

    Raises:
        ValueError: no clip.
    """
    if not clips:
        raise ValueError("rates of movements need at least one take of motion")
    seconds, frames, on = 0.0, 0, np.zeros(len(MOVEMENTS), int)
    lengths: list[list[float]] = [[] for _ in MOVEMENTS]
    for clip in clips:
        flags = of_clip(clip, thresholds)
        seconds, frames, on = seconds + len(flags) / clip.fps, frames + len(flags), on + flags.sum(0)
        for column, start, stop in zip(*segments_by_column(flags), strict=True):
            lengths[column].append(float(stop - start) / clip.fps)
    out = []
    for movement, share, long in zip(MOVEMENTS, on / frames, lengths, strict=True):
        spread = np.percentile(long, (10, 50, 90)).tolist() if long else [float("nan")] * 3
        out.append(Rate(movement.name, movement.kind, len(long), len(long) * 60 / seconds, float(share), *spread))
    return out


def write(folder_of_motion: Path, out: Path, thresholds: Thresholds | None = None) -> list[Path]:
    """Count the movements of every take in a folder.

    Args:
        folder_of_motion: as ``datasets.mocap.load_motion`` reads it.
        out: folder for ``rates.csv``, a row per movement, and for every part ``rates_PART.png`` and
            ``lengths_PART.png``.
        thresholds: of the rules; the project's own if None.

    Returns:
        The files.

    Raises:
        ValueError: no motion in the folder.
    """
    found = rates(load_motion(folder_of_motion), thresholds)
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "rates.csv"]
    with files[0].open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([field.name for field in fields(Rate)])
        for one in found:
            rows.writerow([f"{v:.4g}" if isinstance(v, float) else v for v in astuple(one)])
    for name, image in pictures(found).items():
        files.append(out / f"{name}.png")
        cv2.imwrite(str(files[-1]), image[..., ::-1])
    return files


def pictures(found: Sequence[Rate]) -> dict[str, Image]:
    """Plots by name: rates and durations of each part's movements, left and right side together."""
    by_name = {one.movement: one for one in found}
    out = {}
    for part in dict.fromkeys(part.removeprefix("l_").removeprefix("r_") for part in PARTS):
        sides = {"left": f"l_{part}.", "right": f"r_{part}."} if f"l_{part}" in PARTS else {part: f"{part}."}
        own = {
            side: {name.removeprefix(start): by_name[name] for name in NAMES if name.startswith(start)}
            for side, start in sides.items()
        }
        often = {side: {name: one.per_minute for name, one in table.items()} for side, table in own.items()}
        out[f"rates_{part}"] = series(often, f"{part}: how often", "events per minute", digits=1)
        both = [table for table in own.values()]
        lasts = {
            words: {name: float(np.mean([getattr(table[name], key) for table in both])) for name in both[0]}
            for words, key in (("shortest tenth", "shortest"), ("median", "median"), ("longest tenth", "longest"))
        }
        out[f"lengths_{part}"] = series(lasts, f"{part}: how long", "seconds, percentiles 10, 50 and 90, mean of sides")
    return out
