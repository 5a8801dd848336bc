"""Figures of the keypoints stage on real clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Keypoints2D
from dance3d.io.places import data_root

CLIPS = (".mp4", ".mov", ".mkv", ".webm", ".avi")


def bench(data: Path | None, predict: Callable[..., list[Any]]) -> dict[str, float]:
    """Detect the dancer in every clip of ``data``, or of the data root's ``video`` folder.

    Returns:
        For each clip ``CLIP.frames``, ``CLIP.found`` (share of frames with a measured pose), ``CLIP.joints`` (share of
        joints measured), ``CLIP.fps`` (frames per second, decoding included) and the mean acceleration in pixels per
        frame², ``CLIP.acceleration.raw`` and ``.smoothed``; and the means of all clips under ``all``.

    Raises:
        ValueError: there is no clip.
    """
    folder = data or data_root() / "video"
    clips = sorted(p for p in folder.glob("*") if p.suffix.lower() in CLIPS)
    if not clips:
        raise ValueError(f"{folder}: holds no clip ({', '.join(CLIPS)})")
    figures: dict[str, float] = {}
    for path in clips:
        began = perf_counter()
        clip, *tracks = predict("keypoints", {"video": path})
        took = perf_counter() - began
        assert isinstance(clip, Clip)
        row = {"frames": float(clip.frames), "fps": clip.frames / took, "found": 0.0, "joints": 0.0}
        for track in tracks:
            assert isinstance(track, Keypoints2D) and track.raw is not None
            row["found"] = float(track.measured.any(1).mean())
            row["joints"] = float(track.measured.mean())
            row["acceleration.raw"] = acceleration(track.raw)
            row["acceleration.smoothed"] = acceleration(track.xy)
        figures |= {f"{path.stem}.{name}": value for name, value in row.items()}
    for name in ("fps", "found", "joints", "acceleration.raw", "acceleration.smoothed"):
        values = [v for k, v in figures.items() if k.endswith(f".{name}")]
        if values:
            figures[f"all.{name}"] = float(np.mean(values))
    return figures


def acceleration(xy: NDArray[np.float32]) -> float:
    """Mean length of the second difference of (T, J, 2), pixels per frame²; NaN where nothing can be told."""
    length = np.linalg.norm(np.diff(xy, 2, axis=0), axis=-1)
    return float(np.nanmean(length)) if np.isfinite(length).any() else float("nan")
