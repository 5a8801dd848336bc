"""Reading videos: frames as a viewer sees them, with the stream's own times, and what is missing or damaged.

Nothing in a header is trusted: counts and durations only tell what *should* be there. Packets are decoded one by one,
so only damaged frames are lost; see ``docs/video.md`` for what counts as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Clip
from dance3d.io.frame_gaps import find_gaps, local_steps
from dance3d.io.limits import LIMITS, Limits

__all__ = ["Frame", "Limits", "VideoError", "VideoInfo", "VideoReader", "probe"]

Image = NDArray[np.uint8]
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
NOT_VIDEO = {"tty", "hls", "dash", "concat", "image2", "subviewer", "srt", "ass", "webvtt"}  # text, playlists, patterns
LEAST_BYTES = 4  # per frame, in the index alone: a header that claims more frames than fit the file is wrong
LONG_STEP, SKIPPED_STEP = (
    2.5,
    1.5,
)  # a step is suspicious beyond so many local steps: alone, or where a packet gave none
FRUITLESS = 1000  # read errors in a row after which a file is given up


class VideoError(ValueError):
    """A video that cannot be read; the message names the file and the reason in one line."""


@dataclass(frozen=True)
class VideoInfo:
    """The header of a file, and its first picture.

    Attributes:
        path: the file.
        size: (width, height) as displayed, pixels: after rotation and with square pixels.
        rotation: degrees clockwise that stored pictures are turned by for display: 0, 90, 180 or 270.
        fps: average frames per second by the header; 30 where it does not say.
        expected: frames by the header, or none where it does not say or claims more than the file can hold.
        duration: seconds by the header, or none likewise.
        has_audio: whether there is sound.
        codec: name of the picture codec.
    """

    path: Path
    size: tuple[int, int]
    rotation: int
    fps: float
    expected: int | None
    duration: float | None
    has_audio: bool
    codec: str


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture: ``image`` (H, W, 3) uint8 RGB as displayed, at ``time`` seconds from the clip's start."""

    index: int
    time: float
    image: Image


def probe(path: Path | str, limits: Limits = LIMITS) -> VideoInfo:
    """Look at a file without reading it through.

    Raises:
        VideoError: missing, a directory, empty, not a video, without pictures, or beyond ``limits``.
    """
    with VideoReader(path, limits) as reader:
        return reader.info


def _open(path: Path) -> tuple[Any, Any]:
    """The container and its picture stream, or a VideoError that says why not."""
    if not path.exists():
        raise VideoError(f"{path}: no such file")
    if path.is_dir():
        raise VideoError(f"{path}: is a directory, expected a video file")
    if not path.is_file():
        raise VideoError(f"{path}: is not a regular file")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty")
    try:  # the handle keeps names like "concat:a" or "shot%d.png" from being read as anything else than this file
        container = av.open(str(path.resolve()), metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except av.error.PermissionError as error:
        raise VideoError(f"{path}: no permission to read it") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        with path.open("rb") as file:
            mp4 = file.read(8)[4:] == b"ftyp"
        why = "its index (moov) is missing or damaged, as in a cut download" if mp4 else "no known video format"
        raise VideoError(f"{path}: cannot be read as a video: {why}") from error
    kind = container.format.name
    streams = [s for s in container.streams.video if "attached_pic" not in str(getattr(s, "disposition", ""))]
    if kind in NOT_VIDEO or not streams:
        has = "only sound" if container.streams.audio else f"no pictures (read as {kind})"
        container.close()
        raise VideoError(f"{path}: has no video stream, {has}")
    stream = streams[0]
    if stream.codec_context is None:
        container.close()
        raise VideoError(f"{path}: no decoder for its pictures")
    return container, stream


class VideoReader:
    """Iterate once over a video's frames, then ask for its ``clip()``.

    Every decodable frame is delivered, in order of display. Its time is the stream's, counted from the start of the
    container (as players do, so that sound stays in step). Where a frame has no time it is one step after the
    previous, as long as the last step; where the time does not increase, a tenth of that.

    Args:
        path: the file.
        limits: what is refused.
        longest: pixels of the longer side beyond which pictures are made smaller, before they become RGB: of 8K, a full
            picture would take 100 MB. Everything else speaks of the full size all the same.

    Attributes:
        info: what the header and the first picture say.
        errors: damaged packets and pictures so far.
    """

    def __init__(self, path: Path | str, limits: Limits = LIMITS, longest: int | None = None) -> None:
        self._path, self._limits, self._longest = Path(path), limits, longest
        self._container, self._stream = _open(self._path)
        self.errors = 0
        self._time: list[float] = []
        self._packets: list[float] = []  # times at which the container has a frame
        self._discarded = 0  # samples that an edit list hides: counted by the header, never shown
        self._last_duration = 0.0
        self._done = False
        try:
            self._stream.thread_type = "AUTO"
            self._frames = self._decode()
            self._first = next(self._frames, None)
            self.info = self._describe()
            self._check_limits()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the file and the decoder's threads."""
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._first is None:
            raise VideoError(f"{self._path}: no frame could be decoded ({self.errors} damaged packets)")
        picture, self._first = self._first, None
        while picture is not None:
            time = self._seconds(picture.pts if picture.pts is not None else picture.dts)
            if self._time:
                last = self._time[-1]
                step = last - self._time[-2] if len(self._time) > 1 else 1 / self.info.fps
                time = last + step if time is None else time if time > last else last + step / 10
            time = 0.0 if time is None else time
            if time - (self._time[0] if self._time else time) > self._limits.seconds:
                raise VideoError(f"{self._path}: is longer than the limit of {self._limits.seconds:g} s")
            if len(self._time) >= self._limits.frames:
                raise VideoError(f"{self._path}: has more than the limit of {self._limits.frames} frames")
            self._time.append(time)
            self._last_duration = float((picture.duration or 0) * (picture.time_base or 0))
            yield Frame(len(self._time) - 1, time, self._show(picture))
            picture = next(self._frames, None)
        self._done = True

    def clip(self) -> Clip:
        """What decoding found, once every frame has been read.

        Raises:
            ValueError: frames are left to read.
        """
        if not self._done:
            raise ValueError(f"{self._path}: read every frame before asking for its clip")
        time = np.array(self._time)
        expected = None if self.info.expected is None else max(self.info.expected - self._discarded, len(time))
        steps = local_steps(time, self._last_duration or 1 / self.info.fps)
        lossy = self.errors > 0 or (expected or 0) > len(time)
        gaps = find_gaps(time, steps, np.unique(self._packets), self._end(steps[-1]), lossy)
        if expected is None:  # no count in the header: what the gaps would have held
            at = np.clip(np.searchsorted(time, [start for start, _ in gaps]), 0, len(time) - 1)
            lost = [max(round((stop - start) / steps[i]) - 1, 0) for (start, stop), i in zip(gaps, at, strict=True)]
            expected = len(time) + sum(lost) if self.info.duration is not None else None
        elif not gaps and not self.errors:  # nothing is missing by the times: the header counted something else
            expected = len(time)
        return Clip(time, self.info.size, self.info.rotation, expected, gaps, self.errors)

    def _decode(self) -> Iterator[Any]:
        """Every picture that comes out; damaged ones are counted and skipped."""
        fruitless = 0
        while fruitless < FRUITLESS:  # a demuxer that raised goes on behind the damage when asked again
            try:
                for packet in self._container.demux(self._stream):
                    fruitless = 0
                    hidden = getattr(packet, "is_discard", False)
                    self._discarded += hidden
                    if packet.pts is not None and packet.size and not hidden:
                        self._packets.append(self._seconds(packet.pts) or 0.0)
                    try:
                        pictures = packet.decode()
                    except av.error.EOFError:
                        continue
                    except av.error.FFmpegError:
                        self.errors += 1
                        continue
                    for picture in pictures:
                        self.errors += bool(picture.is_corrupt)
                        yield picture
                return
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.errors += 1
                fruitless += 1

    def _seconds(self, pts: int | None) -> float | None:
        """Seconds from the container's start."""
        base = self._stream.time_base
        return None if pts is None or base is None else float(pts * base) - (self._container.start_time or 0) / 1e6

    def _describe(self) -> VideoInfo:
        context, stream, first = self._stream.codec_context, self._stream, self._first
        stored = (first.width, first.height) if first else (context.width, context.height)
        if min(stored) < 1:
            raise VideoError(f"{self._path}: its pictures have no size ({stored[0]}x{stored[1]})")
        aspect = float(stream.sample_aspect_ratio or 1) or 1.0
        self._square = (round(stored[0] * max(aspect, 1)), round(stored[1] / min(aspect, 1)))
        rotation = round(-(getattr(first, "rotation", 0) or 0) / 90) * 90 % 360
        rate = stream.average_rate or stream.guessed_rate
        fps = float(rate) if rate and 0 < rate <= 1000 else 30.0
        duration = stream.duration and float(stream.duration * stream.time_base)
        self._own_duration = bool(duration) or not self._container.streams.audio  # else the sound may be the longer one
        duration = duration or (self._container.duration or 0) / 1e6 or None
        if max(stream.frames, (duration or 0) * fps) * LEAST_BYTES > self._path.stat().st_size:
            duration, count = None, None
        else:
            count = stream.frames or None
        size = self._square if rotation in (0, 180) else self._square[::-1]
        return VideoInfo(
            self._path, size, rotation, fps, count, duration, bool(self._container.streams.audio), context.name
        )

    def _check_limits(self) -> None:
        (width, height), limits = self.info.size, self._limits
        if width * height > limits.pixels:
            raise VideoError(f"{self._path}: {width}x{height} is beyond the limit of {limits.pixels} pixels")
        if (self.info.duration or 0) > limits.seconds:
            raise VideoError(f"{self._path}: {self.info.duration:.0f} s is beyond the limit of {limits.seconds:g} s")
        if (self.info.expected or 0) > limits.frames:
            raise VideoError(f"{self._path}: {self.info.expected} frames are beyond the limit of {limits.frames}")

    def _show(self, picture: Any) -> Image:
        """(H, W, 3) RGB as displayed; every frame has the size of the first."""
        width, height = self._square
        scale = (self._longest or max(width, height)) / max(width, height)
        if scale < 1:
            width, height = max(round(width * scale), 1), max(round(height * scale), 1)
        how = {"interpolation": "AREA"} if scale < 1 else {}
        image = np.asarray(picture.to_ndarray(format="rgb24", width=width, height=height, **how), np.uint8)
        return np.asarray(cv2.rotate(image, TURNS[self.info.rotation])) if self.info.rotation else image

    def _end(self, step: float) -> float | None:
        """When the last frame should have ended, seconds; none where unknown or too uncertain."""
        duration = self.info.duration
        if duration is None:
            return None
        start = (self._seconds(self._stream.start_time) or 0.0) if self._own_duration else 0.0
        return duration + start - (0.0 if self._own_duration else max(0.5 - step, 0.0))
