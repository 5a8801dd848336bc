"""Reading videos: frames as a viewer sees them, then the stream's own times, and what is missing or damaged.

Nothing in a header is trusted: counts and durations only tell what *should* be there. Packets are decoded one by one,
so only damaged frames are lost; see ``docs/video.md`` for what counts as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.format import Flags

from dance3d.contracts import Clip
from dance3d.io.limits import LIMITS, Limits
from dance3d.io.video.frame_gaps import find_gaps, local_steps
from dance3d.io.video.opening import VideoError, has_flag, has_times, open_video
from dance3d.io.video.orientation import read_matrix
from dance3d.io.video.pictures import ArrayPicture, DecodedPicture, Image, Picture
from dance3d.io.video.sizes import at_most, square
from dance3d.io.video.times import FrameTimes, frame_times

__all__ = ["Frame", "Limits", "VideoError", "VideoInfo", "VideoReader", "probe"]

_SKIPPED = ArrayPicture(np.empty((0, 0, 3), np.uint8))
LEAST_BYTES = 4  # per frame, in the index alone: a header that claims more frames than fit the file is wrong
LONG_PAUSE = 60.0  # chosen, seconds: elsewhere a step was set if it is longer than this and than the whole clip
MOST_FPS = 1000  # chosen: a header that claims more is wrong
FRUITLESS = 1000  # read errors in a row after which a file is given up
BROKEN_CLOCK = 10.0  # seconds of a step beyond which a broadcast's clock was set (FFmpeg: dts_delta_threshold)
CHECKED_EVERY = 4096  # chosen: frames from one look at the limit of time to the next


@dataclass(frozen=True)
class VideoInfo:
    """The header of a file, and its first picture.

    Attributes:
        path: the file.
        size: (width, height) as displayed, pixels: after rotation and with square pixels.
        rotation: degrees clockwise that stored pictures are turned by for display: 0, 90, 180 or 270.
        mirrored: whether their left and right are exchanged before that.
        fps: average frames per second by the header; 30 where it does not say. As told where there are no time stamps.
        expected: frames by the header, or none where it does not say or claims more than the file can hold.
        duration: seconds by the header, or none likewise.
        has_audio: whether there is sound.
        codec: name of the picture codec.
    """

    path: Path
    size: tuple[int, int]
    rotation: int
    mirrored: bool
    fps: float
    expected: int | None
    duration: float | None
    has_audio: bool
    codec: str


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture as displayed, of no pixel where skipped; number ``index`` of the clip.

    Its time is ``clip().time[index]``: a time stamp can be judged by those that follow only.
    """

    index: int
    picture: Picture

    @property
    def image(self) -> Image:
        """(H, W, 3) RGB."""
        return self.picture.rgb()


def probe(path: Path | str, limits: Limits = LIMITS) -> VideoInfo:
    """Look at a file without reading it through.

    Raises:
        VideoError: missing, a directory, empty, not a video, without pictures, or beyond ``limits``.
    """
    with VideoReader(path, limits) as reader:
        return reader.info


class VideoReader:
    """Iterate once over a video's frames, then ask for its ``clip()``.

    Every decodable frame is delivered, in order of display. Its time is the stream's, counted from the start of the
    container (as players do, so that sound stays in step); ``times`` says what is done where that cannot be true.

    Args:
        path: the file.
        limits: what is refused.
        longest: pixels of the longer side beyond which pictures are made smaller, before they become RGB: of 8K, a full
            picture would take 100 MB. Everything else speaks of the full size all the same.
        fps: frames per second of a video without time stamps; refused for any other.

    Attributes:
        info: what the header and the first picture say.
        errors: damaged packets and pictures so far.
        skipped: frames at the start of whose pictures nobody needs the content; set before reading.
    """

    def __init__(
        self, path: Path | str, limits: Limits = LIMITS, longest: int | None = None, fps: float | None = None
    ) -> None:
        self._path, self._limits, self._longest, self._told = Path(path), limits, longest, fps
        self._container, self._stream, self._left_out = open_video(self._path)
        self.errors = self.skipped = 0
        self._stamps: list[float | None] = []
        self._packets: list[float] = []  # times at which the container has a frame
        self._discarded = 0  # samples that an edit list hides: counted by the header, never shown
        self._last_duration = self._elapsed = 0.0
        self._done = False
        self._stamped = fps is None and not has_flag(self._container, Flags.no_timestamps)
        try:
            if fps is not None and not 0 < fps <= MOST_FPS:
                raise VideoError(f"{self._path}: {fps:g} frames/s, expected more than 0 and at most {MOST_FPS}")
            if fps is not None and has_times(self._path):
                raise VideoError(f"{self._path}: has time stamps of its own; {fps:g} frames/s cannot be given for it")
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
        """Release the file and the decoder's threads: no circle of references keeps them."""
        if frames := self.__dict__.pop("_frames", None):
            frames.close()
        self._first = None
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        if self._first is None:
            raise VideoError(f"{self._path}: no frame could be decoded ({self.errors} damaged packets)")
        picture, self._first = self._first, None
        while picture is not None:
            if len(self._stamps) >= self._limits.frames:
                raise VideoError(f"{self._path}: has more than the limit of {self._limits.frames} frames")
            stamp = picture.pts if picture.pts is not None else picture.dts
            self._stamps.append(self._seconds(stamp) if self._stamped else None)
            self._last_duration = float((picture.duration or 0) * (picture.time_base or 0))
            if len(self._stamps) % CHECKED_EVERY == 0:
                self._elapsed += self._checked(self._stamps[-CHECKED_EVERY:], self._elapsed)[1]
            index = len(self._stamps) - 1
            yield Frame(index, _SKIPPED if index < self.skipped else self._show(picture))
            picture = next(self._frames, None)
        self._found = self._checked(self._stamps)[0]
        self._done = True

    def clip(self) -> Clip:
        """What decoding found, once every frame has been read.

        Raises:
            ValueError: frames are left to read.
        """
        if not self._done:
            raise ValueError(f"{self._path}: read every frame before asking for its clip")
        found = self._found
        time, info = found.time, self.info
        expected = None if info.expected is None else max(info.expected - self._discarded, len(time))
        steps = local_steps(time, self._last_duration or 1 / info.fps)
        lossy = self.errors > 0 or (expected or 0) > len(time)
        packets, end = np.unique(self._packets), self._end(steps[-1])
        if found.replaced:  # a stray stamp is no picture that is missing
            packets = packets[np.isin(packets, [stamp for stamp in self._stamps if stamp is not None], invert=True)]
        if found.jumps or found.counted:  # what the container says is on another clock
            packets, end = packets[:0], None
        gaps = find_gaps(time, steps, packets, end, lossy)
        if expected is None:  # no count in the header: what the gaps would have held
            at = np.clip(np.searchsorted(time, [start for start, _ in gaps]), 0, len(time) - 1)
            lost = [max(round((stop - start) / steps[i]) - 1, 0) for (start, stop), i in zip(gaps, at, strict=True)]
            most = max(self._path.stat().st_size // LEAST_BYTES, len(time))
            expected = min(len(time) + sum(lost), most) if info.duration is not None else None
        elif not gaps and not self.errors:  # nothing is missing by the times: the header counted something else
            expected = len(time)
        notes = self._notes(found)
        return Clip(time, info.size, info.rotation, expected, gaps, self.errors, mirrored=info.mirrored, notes=notes)

    def _checked(self, stamps: Sequence[float | None], before: float = 0.0) -> tuple[FrameTimes, float]:
        """Times of frames in a row, and how long they last; with the time before them, they are within the limit."""
        longest = self._limits.seconds
        if has_flag(self._container, Flags.ts_discont):
            longest = min(longest, BROKEN_CLOCK)
        elif self.info.duration:
            longest = min(longest, max(self.info.duration, LONG_PAUSE))
        found = frame_times(stamps, 1 / self.info.fps, longest)
        lasts = float(found.time[-1] - found.time[0])
        if before + lasts > self._limits.seconds:
            raise VideoError(f"{self._path}: is longer than the limit of {self._limits.seconds:g} s")
        return found, lasts

    def _notes(self, found: FrameTimes) -> tuple[str, ...]:
        """What a user should know of how the file was read."""
        notes = [f"{', '.join(self._left_out)} was left out"] if self._left_out else []
        if not self._orientation.exact:
            notes.append(f"the display matrix is none of the eight orientations; shown {self._orientation}")
        return (*notes, *found.notes(None if self._told else self.info.fps))

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
            except IndexError:  # PyAV, where damage gave the container a stream that it had not before
                self.errors += 1
                return

    def _seconds(self, pts: int | None) -> float | None:
        """Seconds from the container's start."""
        base = self._stream.time_base
        return None if pts is None or base is None else float(pts * base) - (self._container.start_time or 0) / 1e6

    def _describe(self) -> VideoInfo:
        context, stream, first = self._stream.codec_context, self._stream, self._first
        stored = (first.width, first.height) if first else (context.width, context.height)
        if min(stored) < 1:
            raise VideoError(f"{self._path}: its pictures have no size ({stored[0]}x{stored[1]})")
        self._square = square(stored, stream.sample_aspect_ratio)
        sides = {side.type.name: bytes(side) for side in (first.side_data if first else ())}
        self._orientation = shown = read_matrix(sides.get("DISPLAYMATRIX"))
        rate = stream.average_rate or stream.guessed_rate
        if not self._stamped:  # FFmpeg's rate is always 25 here; the pictures may know better
            rate = context.framerate or rate
        fps = self._told or (float(rate) if rate and 0 < rate <= MOST_FPS else 30.0)
        duration = stream.duration and float(stream.duration * stream.time_base)
        self._own_duration = bool(duration) or not self._container.streams.audio  # else the sound may be the longer one
        duration = duration or (self._container.duration or 0) / 1e6 or None
        if not self._stamped or max(stream.frames, (duration or 0) * fps) * LEAST_BYTES > self._path.stat().st_size:
            duration, count = None, None
        else:
            count = stream.frames or None
        size, sound = self._square if shown.upright else self._square[::-1], bool(self._container.streams.audio)
        return VideoInfo(self._path, size, shown.rotation, shown.mirrored, fps, count, duration, sound, context.name)

    def _check_limits(self) -> None:
        (width, height), limits = self.info.size, self._limits
        if width * height > limits.pixels:
            raise VideoError(f"{self._path}: {width}x{height} is beyond the limit of {limits.pixels} pixels")
        # a broadcast whose clock was set claims to last for as long as the clock jumped
        if (self.info.duration or 0) > limits.seconds and not has_flag(self._container, Flags.ts_discont):
            raise VideoError(f"{self._path}: {self.info.duration:.0f} s is beyond the limit of {limits.seconds:g} s")
        if (self.info.expected or 0) > limits.frames:
            raise VideoError(f"{self._path}: {self.info.expected} frames are beyond the limit of {limits.frames}")

    def _show(self, picture: Any) -> DecodedPicture:
        """As displayed; every frame has the size of the first."""
        size = at_most(self._square, self._longest)
        return DecodedPicture(picture, size, self._orientation, size != self._square)

    def _end(self, step: float) -> float | None:
        """When the last frame should have ended, seconds; none where unknown or too uncertain."""
        duration = self.info.duration
        if duration is None:
            return None
        start = (self._seconds(self._stream.start_time) or 0.0) if self._own_duration else 0.0
        return duration + start - (0.0 if self._own_duration else max(0.5 - step, 0.0))
