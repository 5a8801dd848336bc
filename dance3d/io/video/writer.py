"""Writing videos that browsers play, with the times of the video they were made from.

They are H.264 where this FFmpeg has an encoder of it, as the wheels of PyAV do; builds without libx264 are common in
other distributions.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.planes import BT601, BT709

TICK = Fraction(1, 90000)  # fine enough for every usual rate, and what MPEG counts in
LIMITED = 1  # FFmpeg's number of the range
log = logging.getLogger(__name__)


class Encoder(NamedTuple):
    """One of FFmpeg's encoders.

    Attributes:
        name: FFmpeg's.
        codec: as users know it.
        options: from (crf, preset, more), those of ``VideoWriter``.
        tick: seconds, unit of its times.
    """

    name: str
    codec: str
    options: Callable[[int, str, str], dict[str, object]]
    tick: Fraction = TICK


ENCODERS = (
    Encoder(  # no B frames: they shift decoding times, and with uneven steps the last frame's end is misstated
        "libx264", "H.264", lambda crf, preset, more: {"crf": crf, "preset": preset, "bf": 0, "x264-params": more}
    ),
    Encoder("libopenh264", "H.264", lambda crf, preset, more: {"rc_mode": "quality", "b": "4M"}),
    Encoder("h264_videotoolbox", "H.264", lambda crf, preset, more: {"b": "8M", "bf": 0, "allow_sw": 1}),
    Encoder("h264_mf", "H.264", lambda crf, preset, more: {"rate_control": "quality", "quality": 70}),
    Encoder(
        "libvpx-vp9",
        "VP9",
        lambda crf, preset, more: {"crf": crf + 8, "b": 0, "deadline": "realtime", "cpu-used": 8},
    ),
    Encoder("mpeg4", "MPEG-4 part 2", lambda crf, preset, more: {"b": "8M", "qmin": 2, "qmax": 8}, Fraction(1, 60000)),
)
"""In the order in which they are preferred. Only libx264, libvpx-vp9 and mpeg4 were run here. Browsers play VP9 (old
Safari does not), and hardly any plays MPEG-4 part 2, whose ticks have 16 bits. Qualities are chosen to look alike.
"""


def encoder() -> Encoder:
    """The first of ``ENCODERS`` that works here; says once where it is not H.264.

    Raises:
        ValueError: there is none.
    """
    found = next((one for one in ENCODERS if _works(one.name)), None)
    if found is None:
        known = ", ".join(one.name for one in ENCODERS)
        raise ValueError(f"FFmpeg here has no encoder for videos; expected one of {known}")
    if found.codec != "H.264":
        _say_once(found.codec)
    return found


@cache
def _works(name: str) -> bool:
    """Whether an encoder is there and opens: those of a system's hardware may be listed and not work."""
    if name not in av.codecs_available:
        return False
    try:
        context: Any = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt, context.time_base = 64, 64, "yuv420p", Fraction(1, 30)
        context.open()
    except (av.FFmpegError, ValueError):
        return False
    return True


@cache
def _say_once(codec: str) -> None:
    log.warning("no encoder of H.264 here: videos are %s, which not every player shows", codec)


class VideoWriter:
    """Write RGB pictures with their own times (``encoder``, yuv420p, MP4 with its index in front).

    Use it as a context manager; after an error nothing is left at ``path``.

    Args:
        path: of the new file.
        size: (width, height) of the pictures, pixels; an odd side is padded by repeating its last line.
        fps: nominal frames per second: what the header says, and how long the last frame lasts.
        crf: quality, lower is better and larger.
        preset: of libx264, a faster one makes larger files; other encoders have none.
        more: options of libx264 beside the preset's, as ``x264-params`` of FFmpeg.
        threads: of the encoder; 0 lets it choose.
        colorspace: of the planes that ``write_planes`` is given, FFmpeg's number; ``write`` makes those of BT.601.

    Raises:
        ValueError: size or rate are not positive.
    """

    def __init__(
        self,
        path: Path | str,
        size: tuple[int, int],
        fps: float,
        *,
        crf: int = 23,
        preset: str = "veryfast",
        more: str = "",
        threads: int = 0,
        colorspace: int = BT601,
    ) -> None:
        if min(size) < 1 or not fps > 0:
            raise ValueError(f"{path}: cannot write pictures of {size[0]}x{size[1]} at {fps} frames/s")
        used = encoder()
        self._path, self._size, self._last, self._time = Path(path), size, -1, -math.inf
        self._tick, self._step = used.tick, max(round(1 / fps / used.tick), 1)
        self._out: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        stream = self._out.add_stream(used.name, rate=Fraction(fps).limit_denominator(1001))
        self._stream: Any = cast("av.VideoStream", stream)
        self._stream.width, self._stream.height = (n + n % 2 for n in size)
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {name: str(value) for name, value in used.options(crf, preset, more).items()}
        context = self._stream.codec_context
        self._stream.time_base = context.time_base = used.tick
        context.thread_count = threads
        context.color_range, context.colorspace = LIMITED, colorspace
        context.color_primaries = context.color_trc = BT709

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._mux(self._stream.encode())
        except BaseException:
            kind = kind or RuntimeError
            raise
        finally:
            self._out.close()
            if kind is not None or self._last < 0:
                self._path.unlink(missing_ok=True)

    def write(self, image: NDArray[np.uint8], time: float) -> None:
        """Add one picture.

        Args:
            image: (H, W, 3) RGB.
            time: seconds; must increase from picture to picture.

        Raises:
            ValueError: another shape than announced, or a time that does not increase.
        """
        width, height = self._size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(
                f"{self._path}: picture {image.shape} {image.dtype}, expected ({height}, {width}, 3) uint8"
            )
        if width % 2 or height % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        # OpenCV turns RGB into BT.601 YUV six times as fast as FFmpeg's scaler does
        self.write_planes(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8), time)

    def write_planes(self, planes: NDArray[np.uint8], time: float) -> None:
        """Add one picture of even sides that need not be converted.

        Args:
            planes: (H * 3 / 2, W) luma and both chroma of limited range, one below the other.
            time: seconds; must increase from picture to picture.

        Raises:
            ValueError: a time that does not increase.
        """
        if time <= self._time:
            raise ValueError(f"{self._path}: time {time:.6f} s does not increase after {self._time:.6f} s")
        ticks, self._time = max(round(time / self._tick), self._last + 1), time  # nearer than a tick is still later
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base, self._last = ticks, self._tick, ticks
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._step
            self._out.mux(packet)
