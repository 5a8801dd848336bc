"""From a video to 2D tracks: decode ahead in a thread, detect, put right, fill, smooth."""

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
from dance3d.io.keypoint_files import read
from dance3d.io.progress import tell
from dance3d.io.video import Limits, VideoReader
from dance3d.skeleton import H36M17, to_h36m17
from dance3d.stages.keypoints import detectors, tracking
from dance3d.stages.keypoints.assemble import tracks
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.tracking.appearance import colours

AHEAD = 8  # decoded pictures that may wait for the detector
PACKED = 4096  # bodies that may wait to be packed


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
    clip, detections = see(inputs["video"], settings, weights)
    tracker = tracking.resolve(settings.tracker)  # only now: what it imports takes a third of a second
    return [clip, *tracks(detections, tracker(detections, settings.people), settings.smooth)]


def see(video: Path, settings: KeypointSettings, weights: Path | None) -> tuple[Clip, Detections]:
    """Everybody in every frame of a video, before anybody knows who is who; arguments and errors as of ``predict``."""
    make = detectors.resolve(settings.backend)
    model = Path(settings.model) if settings.model else weights
    with VideoReader(video, Limits(seconds=settings.limit_seconds), settings.detect_size) as reader:
        with make(model, settings.people) as detector:
            found = _look(reader, detector)
        clip = reader.clip()
    return clip, found.gathered(clip.time, clip.size)


class _Found:
    """What a detector saw, growing frame by frame; packed now and then, since small arrays take twice their size."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        joints = len(H36M17.joints)
        shapes = (((), np.int64), ((joints, 2), np.float32), ((joints,), np.float32), ((COLOURS,), np.float32))
        self._columns: list[list[NDArray[Any]]] = [[np.empty((0, *shape), kind)] for shape, kind in shapes]

    def add(self, frame: int, bodies: list[NDArray[np.float64]], layout: str, picture: NDArray[np.uint8]) -> None:
        """Bodies (J, 3) with x and y in the picture's pixels, kept as shares of its sides."""
        for points in bodies:
            xy, score = to_h36m17(points[:, :2], np.nan_to_num(points[:, 2]), layout)
            sure = np.where(np.isfinite(xy).all(-1), score, 0)
            self._rows.append((frame, xy / picture.shape[1::-1], sure, colours(picture, xy, score)))
        if len(self._rows) >= PACKED:
            self._pack()

    def gathered(self, time: NDArray[np.float64], size: tuple[int, int]) -> Detections:
        """All of it, in pixels of the full frame; nothing is left here."""
        self._pack()
        frame, xy, score, colour = (self._joined(column) for column in self._columns)
        xy *= np.array(size, np.float32)
        return Detections(frame, xy, score, colour, time, size)

    def _pack(self) -> None:
        for column, values in zip(self._columns, zip(*self._rows, strict=True), strict=False):
            column.append(np.array(values, column[0].dtype))
        self._rows.clear()

    @staticmethod
    def _joined(column: list[NDArray[Any]]) -> NDArray[Any]:
        whole = np.concatenate(column)
        column.clear()
        return whole


def _look(reader: VideoReader, detector: Any) -> _Found:
    found = _Found()
    with closing(_ahead(reader)) as pictures:
        for frame, picture in enumerate(pictures):
            found.add(frame, detector(picture), detector.layout, picture)
            tell(frame + 1, reader.info.expected)
    return found


def _imported(path: Path, settings: KeypointSettings) -> list[Clip | Keypoints2D]:
    """What another tool found: tracks as they are, as whoever made them may have smoothed them; detections tracked."""
    found = read(path, settings.format, settings.skeleton, settings.size, settings.fps, settings.take)
    if isinstance(found, Detections):
        who = tracking.resolve(settings.tracker)(found, settings.people)
        made = tracks(found, who, settings.smooth)
        return [Clip(found.time, found.size), *(replace(t, start=round(float(t.time[0]) * t.fps)) for t in made)]
    if not found:
        raise ValueError(f"{path}: holds no keypoint of anybody")
    return [Clip(found[0].time, found[0].size), *found]


def _ahead(reader: VideoReader) -> Generator[NDArray[np.uint8], None, None]:
    """Pictures for the detector, decoded by a second thread that runs a little ahead."""
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
            done.result()  # raises what went wrong over there
        finally:
            stop.set()
