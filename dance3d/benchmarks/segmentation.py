"""Accuracy and time of the methods of segmentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.images import read_mask, read_picture
from dance3d.io.paths import data_root
from dance3d.io.video.reader import VideoReader
from dance3d.masks.segmentation import foreground
from dance3d.masks.segmentation.instances import enlarge
from dance3d.synth.clip import write_scene

_METHODS = ("selfie", "mog2", "grabcut", "chroma")
_TIMED = 20  # pictures of 1920 x 1080
Clip = tuple[list[NDArray[np.uint8]], list[NDArray[np.bool_]]]


def bench_foreground(data: Path | None) -> dict[str, float]:
    """Every method on the tennis clip, whose camera moves, and on a synthetic one, whose camera stands.

    No person is given: ``grabcut`` starts from motion.

    Args:
        data: folder that holds ``masks/tennis``; the data root where none is given.

    Returns:
        For each method ``foreground.METHOD.tennis.iou`` (where the clip is there), ``.synth.iou``, means over frames,
        and ``foreground.METHOD.ms``, milliseconds for a picture of 1920 x 1080.
    """
    clips = {"synth": _synth()}
    if (folder := (data or data_root()) / "masks" / "tennis").is_dir():
        clips["tennis"] = tennis(folder)
    large = [cv2.resize(p, (1920, 1080)) for p in clips["synth"][0][:_TIMED]]
    figures = {}
    for method in _METHODS:
        for name, (pictures, truth) in clips.items():
            found = foreground(method).masks(pictures)
            figures[f"foreground.{method}.{name}.iou"] = float(np.mean(list(map(iou, found, truth))))
        began = perf_counter()
        count = sum(1 for _ in foreground(method).masks(np.asarray(p, np.uint8) for p in large))
        figures[f"foreground.{method}.ms"] = 1000 * (perf_counter() - began) / count
    return figures


def iou(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks (H, W); 1 where both are empty."""
    union = int((found | truth).sum())
    return int((found & truth).sum()) / union if union else 1.0


def tennis(folder: Path) -> Clip:
    """Pictures and masks of a folder with ``rgb`` and ``mask/01``, paired by name."""
    names = sorted(p.name for p in (folder / "mask" / "01").glob("*.png"))
    pictures = [read_picture(folder / "rgb" / n) for n in names]
    masks = [read_mask(folder / "mask" / "01" / n) for n in names]
    return pictures, masks


def _synth() -> Clip:
    with TemporaryDirectory() as folder:
        scene = write_scene(Path(folder), "salsa", 2.0, seed=1, shrink=2)
        pictures = list(_images(scene.video))
        return pictures, [enlarge(np.asarray(m), pictures[0].shape) for m in scene.masks.mask]


def _images(video: Path) -> Iterator[NDArray[np.uint8]]:
    with VideoReader(video) as reader:
        for frame in reader:
            yield frame.image
