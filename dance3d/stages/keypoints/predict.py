"""From a video to 2D tracks: decode ahead in a thread, detect, track, correct, fill gaps, smooth.

Detecting takes most of the time. What it found is kept in pieces (``dance3d.io.pieces``), with the detector's state, so
that the next run goes on behind the last piece; the result is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Full, Queue
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.detections import Detections, Identities
from dance3d.contracts.shots import ONE
from dance3d.io import flaws
from dance3d.io.keypoint_files import read
from dance3d.io.pieces import Arrays, Pieces
from dance3d.io.progress import report_progress
from dance3d.io.video.pictures import Picture
from dance3d.io.video.reader import Limits, VideoReader
from dance3d.stages.keypoints import detectors, tracking
from dance3d.stages.keypoints.assemble import tracks
from dance3d.stages.keypoints.camera_motion import CameraMotion, motion_notes
from dance3d.stages.keypoints.detection_buffer import DetectionBuffer
from dance3d.stages.keypoints.extremity_reader import ExtremityReader
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.shots import find_shots
from dance3d.stages.keypoints.small_pictures import SmallPictures
from dance3d.stages.keypoints.tracking.dancers import keep_dancers

DECODED_AHEAD = 8  # chosen: decoded pictures that may wait for the detector
_STATE = "detector."  # begins the names of a detector's arrays in a piece


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
    clip, detections, still = _detected(inputs["video"], settings, weights)
    dancers, notes = _dancers(detections, settings, clip.shots)
    found = [replace(track, still=still) for track in tracks(detections, dancers, settings.smooth, clip.shots)]
    return [replace(clip, notes=(*clip.notes, *notes, *motion_notes(still, clip.time))), *found]


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
    return _detected(video, settings, weights)[:2]


def _detected(
    video: Path, settings: KeypointSettings, weights: Path | None
) -> tuple[Clip, Detections, NDArray[np.float32] | None]:
    """The clip, the people in its frames, and how its camera moves, as ``Keypoints2D.still``; see ``detect``."""
    make = detectors.resolve(settings.backend)
    model = Path(settings.model) if settings.model else weights
    limits = Limits(seconds=settings.limit_seconds)
    with VideoReader(video, limits, settings.detect_size, settings.fps) as reader:
        how = {"quality": settings.quality} if settings.backend == "movenet" else {}
        with make(model, settings.number_of_people, fps=reader.info.fps, **how) as detector:
            found, motion, small = _detect_all(reader, detector, _extremity_reader(settings, reader.info.fps))
        clip = reader.clip()
    clip = replace(clip, shots=find_shots(small.all(), clip.time))
    return clip, found.detections(clip.time, clip.size), motion.still(clip.size, clip.shots)


def _dancers(
    detections: Detections, settings: KeypointSettings, shots: tuple[int, ...] = ONE
) -> tuple[Identities, tuple[str, ...]]:
    """The dancer of every detection, and notes: of people who are left out, and of doubts who is who across shots."""
    # the tracker is imported only now: scipy takes a third of a second
    from dance3d.stages.keypoints.tracking.across_shots import doubt_notes, track_shots

    tracker = tracking.resolve(settings.tracker)
    who, doubts = track_shots(tracker, detections, shots, settings.number_of_people)
    dancers, others = keep_dancers(detections, who, settings.people)
    notes = doubt_notes(doubts, who.person, dancers.person)
    if not others:
        return dancers, notes
    number = f"{others} other {'person' if others == 1 else 'people'}"
    left_out = f"{number} seen but taken for no dancer and left out; with people=all everybody is kept"
    return dancers, (*notes, left_out)


def _extremity_reader(settings: KeypointSettings, fps: float) -> ExtremityReader | None:
    return ExtremityReader(fps, settings.quality) if settings.extremities else None


def _detect_all(
    reader: VideoReader, detector: Any, extremities: ExtremityReader | None
) -> tuple[DetectionBuffer, CameraMotion, SmallPictures]:
    found, motion, small, pieces = DetectionBuffer(extremities), CameraMotion(), SmallPictures(), Pieces()
    resumable = detector if isinstance(detector, detectors.ResumableDetector) else None
    start = pieces.resume(partial(_take, found, motion, small, resumable)) if resumable else 0
    reader.skipped = start
    if start:
        report_progress(start, reader.info.expected)
    whole = not getattr(detector, "reads_parts", False)
    with closing(_decoded_ahead(reader, whole)) as pictures, ThreadPoolExecutor(1) as beside:
        added: Future[None] | None = None  # what the last picture shows beside its joints: read beside the next one
        for frame, picture in enumerate(pictures):
            if frame < start:
                continue
            if frame == start > 0:
                report_progress(start, reader.info.expected)  # again: until now pictures were only decoded
            bodies = detector(picture.rgb() if whole else picture)
            if added:
                added.result()
            added = beside.submit(_add, found, motion, small, (frame, bodies, detector.layout, picture))
            report_progress(frame + 1, reader.info.expected)
            if resumable and pieces.due():
                added.result()
                state = {_STATE + name: array for name, array in resumable.state().items()}
                pieces.write({**found.new(), **motion.new(), **small.new(), **state}, frame + 1)
        if added:
            added.result()
    return found, motion, small


def _add(
    found: DetectionBuffer, motion: CameraMotion, small: SmallPictures, what: tuple[int, list[Any], str, Picture]
) -> None:
    """Keep what a picture shows.

    Args:
        found: gets its bodies.
        motion: gets the motion of the camera.
        small: gets the small picture.
        what: its frame's number, its bodies, the layout of their joints, and the picture itself.
    """
    found.add(*what)
    motion.add(what[3], what[1])
    small.add(what[3])


def _take(
    found: DetectionBuffer,
    motion: CameraMotion,
    small: SmallPictures,
    detector: detectors.ResumableDetector,
    piece: Arrays,
    start: int,
    stop: int,
) -> None:
    """Go on behind a piece.

    Args:
        found: gets its detections.
        motion: gets the motion of the camera.
        small: gets its small pictures.
        detector: gets its state.
        piece: all of them.
        start: its first frame.
        stop: the frame behind its last.

    Raises:
        ValueError: the piece is of something else; nothing is used of it.
    """
    camera, tiny, before = motion.checked(piece, stop - start), small.checked(piece, stop - start), detector.state()
    detector.restore({name.removeprefix(_STATE): array for name, array in piece.items() if name.startswith(_STATE)})
    try:
        found.take(piece, start, stop)
    except ValueError:
        detector.restore(before)
        raise
    motion.take(camera)
    small.take(tiny)


def _imported(path: Path, settings: KeypointSettings) -> list[Clip | Keypoints2D]:
    """Keypoints of another tool: tracks stay as they are, perhaps smoothed already; detections are tracked."""
    limits = Limits(seconds=settings.limit_seconds)
    said = (settings.format, settings.skeleton, settings.size, settings.fps, settings.take)
    with flaws.noted() as told:
        found = read(path, *said, limits, settings.strict)
    notes = tuple(words.removeprefix(str(path)).lstrip(":, ") for words in told)
    if not settings.extremities:
        found = replace(found, extremities=None) if isinstance(found, Detections) else _without_extremities(found)
    if isinstance(found, Detections):
        dancers, more = _dancers(found, settings)
        notes += more
        made = tracks(found, dancers, settings.smooth)
        return [
            Clip(found.time, found.size, notes=notes),
            *(replace(t, start=round(float(t.time[0]) * t.fps)) for t in made),
        ]
    if not found:
        raise ValueError(f"{path}: holds no keypoint of anybody")
    return [Clip(found[0].time, found[0].size, notes=notes), *found]


def _without_extremities(tracks: list[Keypoints2D]) -> list[Keypoints2D]:
    return [replace(track, extremities=None) for track in tracks]


def _decoded_ahead(reader: VideoReader, whole: bool) -> Generator[Picture, None, None]:
    """Pictures for the detector, decoded ahead by a second thread, and turned into RGB there if the whole is read."""
    waiting: Queue[Picture | None] = Queue(DECODED_AHEAD)
    stop = Event()

    def put(item: Picture | None) -> None:
        while not stop.is_set():
            try:
                return waiting.put(item, timeout=0.2)
            except Full:
                continue

    def decode() -> None:
        try:
            for frame in reader:
                if whole:
                    frame.picture.rgb()
                put(frame.picture)
                if stop.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(decode)
        try:
            while (picture := waiting.get()) is not None:
                yield picture
            done.result()  # raises the error of the decoding thread
        finally:
            stop.set()
