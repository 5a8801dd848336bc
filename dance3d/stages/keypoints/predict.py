"""From a video to 2D tracks: decode ahead in a thread, detect, track, correct, fill gaps, smooth."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Full, Queue
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.detections import COLOURS, Detections
from dance3d.io import flaws
from dance3d.io.keypoint_files import read
from dance3d.io.progress import report_progress
from dance3d.io.video import Limits, VideoReader
from dance3d.skeleton import H36M17, to_h36m17
from dance3d.stages.keypoints import detectors, tracking
from dance3d.stages.keypoints.assemble import tracks
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.tracking.appearance import colour_histogram

DECODED_AHEAD = 8  # chosen: decoded pictures that may wait for the detector
PACK_EVERY = 4096  # chosen: detections kept as single rows before they are joined to arrays


def predict(inputs: Mapping[str, Any], settings: KeypointSettings, weights: Path | None) -> list[Clip | Keypoints2D]:
    """Find the dancers of a video in every frame.

    Args:
        inputs: ``video``: path; of a file of keypoints where the backend is ``file``.
        settings: of the stage.
        weights: of the stage's own model; the other detectors bring theirs.

    Returns:
        The ``Clip``, and for each dancer a ``Keypoints2D`` as long as the clip; the ``Clip`` alone where nobody is
        ever found.

    Raises:
        ValueError: backend or tracker is not installed, or a file of keypoints cannot be read.
        VideoError: the video cannot be read.
    """
    if settings.backend == "file":
        return _imported(inputs["video"], settings)
    clip, detections = detect(inputs["video"], settings, weights)
    tracker = tracking.resolve(settings.tracker)  # imported only now: scipy takes a third of a second
    return [clip, *tracks(detections, tracker(detections, settings.people), settings.smooth)]


def detect(video: Path, settings: KeypointSettings, weights: Path | None) -> tuple[Clip, Detections]:
    """Detect the people in every frame of a video, without tracking.

    Args:
        video: path.
        settings: of the stage.
        weights: of the stage's own model; the other detectors bring theirs.

    Raises:
        ValueError: the backend is not installed.
        VideoError: the video cannot be read.
    """
    make = detectors.resolve(settings.backend)
    model = Path(settings.model) if settings.model else weights
    limits = Limits(seconds=settings.limit_seconds)
    with VideoReader(video, limits, settings.detect_size, settings.fps) as reader:
        with make(model, settings.people, fps=reader.info.fps) as detector:
            found = _detect_all(reader, detector)
        clip = reader.clip()
    return clip, found.detections(clip.time, clip.size)


class _DetectionBuffer:
    """Detections collected frame by frame; joined to arrays now and then, since small arrays take twice their size."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        joints = len(H36M17.joints)
        shapes = (((), np.int64), ((joints, 2), np.float32), ((joints,), np.float32), ((COLOURS,), np.float32))
        self._columns: list[list[NDArray[Any]]] = [[np.empty((0, *shape), kind)] for shape, kind in shapes]

    def add(self, frame: int, bodies: list[NDArray[np.float64]], layout: str, picture: NDArray[np.uint8]) -> None:
        """Add the bodies of one picture.

        Args:
            frame: number of the frame.
            bodies: (J, 3) each: x and y in pixels of the picture, score 0..1; x and y are stored as shares of its
                sides.
            layout: of the joints, a name of ``skeleton.RECIPES``.
            picture: (H, W, 3) RGB.
        """
        for points in bodies:
            xy, score = to_h36m17(points[:, :2], np.nan_to_num(points[:, 2]), layout)
            sure = np.where(np.isfinite(xy).all(-1), score, 0)
            self._rows.append((frame, xy / picture.shape[1::-1], sure, colour_histogram(picture, xy, score)))
        if len(self._rows) >= PACK_EVERY:
            self._pack()

    def detections(self, time: NDArray[np.float64], size: tuple[int, int]) -> Detections:
        """All detections, in pixels of the full frame; the buffer is empty afterwards."""
        self._pack()
        frame, xy, score, colour = (self._concatenated(column) for column in self._columns)
        xy *= np.array(size, np.float32)
        return Detections(frame, xy, score, colour, time, size)

    def _pack(self) -> None:
        for column, values in zip(self._columns, zip(*self._rows, strict=True), strict=False):
            column.append(np.array(values, column[0].dtype))
        self._rows.clear()

    @staticmethod
    def _concatenated(column: list[NDArray[Any]]) -> NDArray[Any]:
        whole = np.concatenate(column)
        column.clear()
        return whole


def _detect_all(reader: VideoReader, detector: Any) -> _DetectionBuffer:
    found = _DetectionBuffer()
    with closing(_decoded_ahead(reader)) as pictures:
        for frame, picture in enumerate(pictures):
            found.add(frame, detector(picture), detector.layout, picture)
            report_progress(frame + 1, reader.info.expected)
    return found


def _imported(path: Path, settings: KeypointSettings) -> list[Clip | Keypoints2D]:
    """Keypoints of another tool: tracks stay as they are, perhaps smoothed already; detections are tracked."""
    limits = Limits(seconds=settings.limit_seconds)
    said = (settings.format, settings.skeleton, settings.size, settings.fps, settings.take)
    with flaws.noted() as told:
        found = read(path, *said, limits, settings.strict)
    notes = tuple(words.removeprefix(str(path)).lstrip(":, ") for words in told)
    if isinstance(found, Detections):
        who = tracking.resolve(settings.tracker)(found, settings.people)
        made = tracks(found, who, settings.smooth)
        return [
            Clip(found.time, found.size, notes=notes),
            *(replace(t, start=round(float(t.time[0]) * t.fps)) for t in made),
        ]
    if not found:
        raise ValueError(f"{path}: holds no keypoint of anybody")
    return [Clip(found[0].time, found[0].size, notes=notes), *found]


def _decoded_ahead(reader: VideoReader) -> Generator[NDArray[np.uint8], None, None]:
    """Pictures for the detector, decoded ahead by a second thread."""
    waiting: Queue[NDArray[np.uint8] | None] = Queue(DECODED_AHEAD)
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
                put(frame.image)
                if stop.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(decode)
        try:
            while (image := waiting.get()) is not None:
                yield image
            done.result()  # raises the error of the decoding thread
        finally:
            stop.set()
