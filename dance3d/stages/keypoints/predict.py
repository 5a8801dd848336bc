"""From a video to 2D tracks: decode ahead in a thread, detect, put right, fill, smooth."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import Full, Queue
from threading import Event
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Artefact, Clip, Keypoints2D
from dance3d.io.keypoints import read_keypoints
from dance3d.io.video import Frame, Limits, VideoReader
from dance3d.skeleton import to_h36m17
from dance3d.stages.keypoints import blazepose, clean
from dance3d.stages.keypoints.smooth import smooth

AHEAD = 8  # decoded pictures that may wait for the detector

# name -> (maker of a context manager that turns a picture into (J, 3) x, y, score with x and y as shares; its layout)
BACKENDS: dict[str, tuple[Callable[[], Any], str]] = {"mediapipe": (blazepose.BlazePose, blazepose.LAYOUT)}


def predict(inputs: Mapping[str, Any], settings: Mapping[str, Any], weights: Path | None) -> list[Artefact]:
    """Find the dancer of a video in every frame.

    Args:
        inputs: ``video``: path; of a file of keypoints where the backend is ``file``.
        settings: ``backend``: who detects; ``smooth``: whether paths are smoothed; ``detect_size``: pixels of the
            longer side that the detector sees (coordinates are of the full frame all the same); ``limit_seconds``:
            longest clip. With the backend ``file`` instead ``skeleton``, ``size`` and ``fps`` where the file says none.
        weights: none; the detector brings its own.

    Returns:
        The ``Clip``, and one ``Keypoints2D`` as long as the clip; or the ``Clip`` alone where nobody is ever found.

    Raises:
        ValueError: the backend is not known or not installed.
        VideoError: the video cannot be read.
    """
    backend = settings["backend"]
    if backend == "file":
        return _imported(inputs["video"], settings)
    if backend not in BACKENDS:
        raise ValueError(f"backend {backend!r} is not known; choose from {', '.join(BACKENDS)}, file")
    make, layout = BACKENDS[backend]
    side = int(settings.get("detect_size", 1280))
    if side < 64:
        raise ValueError(f"detect_size is {side}, expected at least 64 pixels")
    with VideoReader(inputs["video"], Limits(seconds=float(settings.get("limit_seconds", Limits.seconds)))) as reader:
        with make() as detect, closing(_ahead(reader, side)) as pictures:
            found = [detect(image) for image in pictures]
        clip = reader.clip()
    if all(points is None for points in found):
        return [clip]
    return [clip, track(found, layout, clip, bool(settings["smooth"]))]


def _imported(path: Path, settings: Mapping[str, Any]) -> list[Artefact]:
    """Tracks that another tool made, as they are: whoever made them may have smoothed them already."""
    size = settings.get("size")
    tracks = read_keypoints(path, settings.get("skeleton"), tuple(size) if size else None, settings.get("fps"))
    if not tracks:
        raise ValueError(f"{path}: holds no keypoint of anybody")
    return [Clip(tracks[0].time, tracks[0].size), *tracks]


def track(found: list[NDArray[np.float64] | None], layout: str, clip: Clip, smoothed: bool) -> Keypoints2D:
    """One dancer's track from a detector's points, frame by frame.

    Args:
        found: T times (J, 3): x and y as shares of width and height, score; none where nobody is found.
        layout: of the detector's joints.
        clip: the T frames.
        smoothed: false leaves ``xy`` as detected where it was measured (sides put right, short absences filled).

    Returns:
        ``raw`` as detected, ``xy`` put right; a frame without the dancer is NaN, unmeasured, with score 0.
    """
    joints = next(len(points) for points in found if points is not None)
    points = np.array([np.full((joints, 3), np.nan) if p is None else p for p in found])
    raw32, score32 = to_h36m17(points[..., :2] * clip.size, np.nan_to_num(points[..., 2]), layout)
    raw, score = raw32.astype(np.float64), score32.astype(np.float64)
    size = clean.body_size(raw, clip.time)
    xy, measured = np.full_like(raw, np.nan), np.zeros(score.shape, bool)
    for start, stop in clean.cuts(raw, size, clip.time):
        rows = slice(start, stop)
        time = clip.time[rows]
        flags = clean.exchanged(raw[rows], size[rows], time)
        part, sure = clean.exchange(raw[rows], flags), clean.exchange(score[rows], flags)
        away = clean.outliers(part, size[rows])
        part[away], sure[away] = np.nan, 0
        measured[rows] = np.isfinite(part).all(-1)
        part, sure = clean.fill(part, sure, time)
        xy[rows] = smooth(part, sure, time, size[rows]) if smoothed else part
        score[rows] = np.where(np.isfinite(part).all(-1), sure, 0)
    return Keypoints2D(xy, score, measured, clip.time, clip.size, raw=raw)  # type: ignore[arg-type]


def _small(frame: Frame, side: int) -> NDArray[np.uint8]:
    """The picture, made smaller if its longer side is beyond ``side`` pixels."""
    height, width = frame.image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return frame.image
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _ahead(reader: VideoReader, side: int) -> Generator[NDArray[np.uint8], None, None]:
    """Pictures for the detector, decoded and made smaller by a second thread that runs a little ahead."""
    waiting: Queue[NDArray[np.uint8] | None] = Queue(AHEAD)
    stop = Event()

    def put(item: NDArray[np.uint8] | None) -> None:
        while not stop.is_set():
            try:
                return waiting.put(item, timeout=0.2)
            except Full:
                continue

    def decode() -> None:
        try:
            for frame in reader:
                put(_small(frame, side))
                if stop.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(decode)
        try:
            while (image := waiting.get()) is not None:
                yield image
            done.result()  # raises what went wrong over there
        finally:
            stop.set()
