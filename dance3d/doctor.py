"""What this machine has and what is missing; and what a video holds, before an hour of work on it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dance3d.cache import default_root
from dance3d.io import weights
from dance3d.io.video import VideoReader
from dance3d.stages.keypoints.detectors import DETECTORS, needs

PACKAGES = {"torch": True, "lightning": True, "av": True, "opencv-python": True, "mediapipe": True, "wandb": False}
LEAST_GIB = 2.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is as it should be, and whether dance3d needs it to be."""

    name: str
    ok: bool
    needed: bool
    text: str


def examine() -> list[Finding]:
    """Look at Python, packages, device, weights, cache and disk; nothing is changed and no network is asked."""
    release = sys.version_info
    found = [
        Finding("python", (3, 11) <= release[:2] <= (3, 13), True, f"{platform.python_version()}, needs 3.11 to 3.13")
    ]
    for name, needed in PACKAGES.items():
        try:
            found.append(Finding(name, True, needed, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, False, needed, "not installed; run `make setup`"))
    found.append(_device())
    for stage in weights.manifest():
        try:
            found.append(Finding(f"weights of {stage}", True, True, weights.default(stage).name))
        except ValueError as error:
            found.append(Finding(f"weights of {stage}", False, True, str(error)))
    for name in DETECTORS:
        why = needs.missing(name)
        found.append(Finding(f"keypoints by {name}", not why, False, why or "ready"))
    root = default_root()
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free / 2**30
    found.append(Finding("cache", free > LEAST_GIB, False, f"{root}, {free:.0f} GiB free"))
    return found


def _device() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("device", True, False, torch.cuda.get_device_name())
    return Finding("device", True, False, f"CPU, {torch.get_num_threads()} threads; no CUDA device found")


def check_video(path: Path) -> Iterator[str]:
    """Read a clip through and say what it holds, line by line.

    Raises:
        VideoError: it cannot be read at all.
    """
    with VideoReader(path) as reader:
        for _ in reader:
            pass
        info, clip = reader.info, reader.clip()
    yield f"{path.name}: {info.codec}, {clip.size[0]}x{clip.size[1]} as displayed, rotated by {clip.rotation} degrees"
    promised = "an unknown number" if clip.expected is None else str(clip.expected)
    yield f"{clip.frames} frames decoded of {promised} expected, {clip.fps:.3f} frames/s by the median step"
    yield f"from {clip.time[0]:.3f} s to {clip.time[-1]:.3f} s; sound: {'yes' if info.has_audio else 'no'}"
    for start, stop in clip.gaps:
        yield f"missing: {start:.3f} s to {stop:.3f} s"
    yield f"{clip.errors} damaged packets" if clip.errors or clip.gaps else "nothing is missing or damaged"
