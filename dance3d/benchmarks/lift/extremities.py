"""Directions of feet, hands and head: rendered dancers, found and read by the detector, lifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.benchmarks.lift.error_bars import filmed_and_lifted
from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import bench_takes
from dance3d.geometry.vectors import degrees_between
from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.synth.crowd import Crowd
from dance3d.synth.crowd.world import couple

Predict = Callable[..., list[Any]]
Array = NDArray[np.float64]
SECONDS, SIZE, SEED = 5.0, (960, 720), 300
"""Chosen: of each take, from its first second; of the pictures, pixels; of the first film's camera and clothes."""
DIRECTIONS = {"foot": ("toe", "ankle"), "hand": ("hand", "wrist"), "head": ("face", "nose")}
"""Point and joint of each direction."""


def solos(clips: Sequence[MotionClip]) -> list[Crowd]:
    """One dancer each, from a random side, with feet, hands and head turned as in the takes that have them."""
    known = [clip for clip in clips if clip.extremities is not None and len(clip.xyz) > (SECONDS + 1) * clip.fps / 2]
    parts = [clip.part(round(clip.fps), round((SECONDS + 1) * clip.fps)) for clip in known]
    return [couple([part], SEED + n, size=SIZE, turned=True) for n, part in enumerate(parts)]


def lifted(crowds: Sequence[Crowd], predict: Predict) -> Iterator[tuple[Crowd, Keypoints2D, Pose3D]]:
    """Films of single dancers, found and lifted with the camera's field of view; without those where nobody was found.

    Args:
        crowds: the dancers.
        predict: runs a stage by name on inputs with settings.
    """
    for crowd, _, tracks, poses in filmed_and_lifted(crowds, predict):
        yield from ((crowd, track, pose) for track, pose in zip(tracks[:1], poses[:1], strict=True))


def angles(crowd: Crowd, pose: Pose3D) -> dict[str, Array]:
    """Degrees off, of every direction and side (T,) end to end; NaN where it is not known.

    Args:
        crowd: one dancer before a camera that stands.
        pose: lifted.
    """
    assert crowd.extremities is not None
    turn = crowd.E[0][:, :3].T
    xyz, ends = crowd.people[0] @ turn, crowd.extremities[0] @ turn
    found = np.full(ends.shape, np.nan) if pose.extremities is None else pose.extremities.astype(np.float64)
    off: dict[str, list[Array]] = {kind: [] for kind in DIRECTIONS}
    for kind, (point, joint) in DIRECTIONS.items():
        for side in ("",) if point in EXTREMITIES else ("left_", "right_"):
            at, of = EXTREMITIES.index(side + point), H36M17.index(side + joint)
            off[kind].append(degrees_between(found[:, at] - pose.xyz[:, of], ends[:, at] - xyz[:, of]))
    return {kind: np.concatenate(parts) for kind, parts in off.items()}


def bench(data: Path | None, predict: Predict) -> dict[str, float]:
    """The figures of ``bench_extremities``, of the takes held out for testing, or of every take of a folder."""
    return bench_extremities(bench_takes(data), predict)


def bench_extremities(clips: Sequence[MotionClip], predict: Predict) -> dict[str, float]:
    """How far directions are off.

    Args:
        clips: true motion, of which those with extremities count.
        predict: runs a stage by name on inputs with settings.

    Returns:
        ``extremities.{foot,hand,head}.{degrees,p90,seen}``: median and ninth decile of the angle between the true and
        the found direction (ankle to toe, wrist to hand, ``nose`` to face) in the camera frame, with nothing aligned;
        and the share of frames and sides in which it is known.
    """
    every: dict[str, list[Array]] = {kind: [] for kind in DIRECTIONS}
    for crowd, _, pose in lifted(solos(clips), predict):
        for kind, off in angles(crowd, pose).items():
            every[kind].append(off)
    out: dict[str, float] = {}
    for kind, parts in every.items():
        off = np.concatenate([*parts, np.empty(0)])
        known = off[np.isfinite(off)]
        if len(known):
            row = {"degrees": np.median(known), "p90": np.percentile(known, 90), "seen": len(known) / len(off)}
            out |= {f"extremities.{kind}.{name}": round(float(value), 3) for name, value in row.items()}
    return out
