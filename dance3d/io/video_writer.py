"""Writing H.264 videos that browsers play, with the times and the sound of the video they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

TICK = Fraction(1, 90000)  # fine enough for every usual rate, and what MPEG counts in
COPIED = {"aac", "mp3", "ac3", "eac3", "alac"}  # sound that MP4 carries as it is; anything else becomes AAC
BT709, BT601, LIMITED = 1, 6, 1  # FFmpeg's numbers: of primaries and transfer curve, of the matrix, of the range


class VideoWriter:
    """Write RGB pictures with their own times (H.264, yuv420p, MP4 with its index in front).

    Use it as a context manager; after an error nothing is left at ``path``.

    Args:
        path: of the new file.
        size: (width, height) of the pictures, pixels; an odd side is padded by repeating its last line.
        fps: nominal frames per second: what the header says, and how long the last frame lasts.
        audio_from: a video whose sound is carried over, or none.
        crf: quality, lower is better and larger.
        preset: of libx264, a faster one makes larger files.
        threads: of the encoder; 0 lets it choose.

    Raises:
        ValueError: size or rate are not positive.
    """

    def __init__(
        self,
        path: Path | str,
        size: tuple[int, int],
        fps: float,
        audio_from: Path | str | None = None,
        *,
        crf: int = 23,
        preset: str = "veryfast",
        threads: int = 0,
    ) -> None:
        if min(size) < 1 or not fps > 0:
            raise ValueError(f"{path}: cannot write pictures of {size[0]}x{size[1]} at {fps} frames/s")
        self._path, self._size, self._last = Path(path), size, -1
        self._step = max(round(1 / fps / TICK), 1)
        self._source: Any = av.open(str(audio_from), metadata_errors="ignore") if audio_from is not None else None
        self._out: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream: Any = self._out.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        self._stream.width, self._stream.height = (n + n % 2 for n in size)
        self._stream.pix_fmt = "yuv420p"
        # No B frames: they shift decoding times, and with uneven steps the container misstates the last frame's end.
        self._stream.options = {"crf": str(crf), "preset": preset, "bf": "0"}
        context = self._stream.codec_context
        self._stream.time_base = context.time_base = TICK
        context.thread_count = threads
        context.color_range, context.colorspace = LIMITED, BT601
        context.color_primaries = context.color_trc = BT709
        self._sound = self._carry() if self._source is not None and self._source.streams.audio else iter(())
        self._waiting = next(self._sound, None)  # also adds the sound's stream before the header is written

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._mux(self._stream.encode())
                self._mux_sound((self._last + self._step) * float(TICK))
        except BaseException:
            kind = kind or RuntimeError
            raise
        finally:
            self._out.close()
            if self._source is not None:
                self._source.close()
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
        ticks = round(time / TICK)
        if ticks <= self._last:
            raise ValueError(
                f"{self._path}: time {time:.6f} s does not increase after {self._last * float(TICK):.6f} s"
            )
        if width % 2 or height % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        # OpenCV turns RGB into BT.601 YUV six times as fast as FFmpeg's scaler does
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base, self._last = ticks, TICK, ticks
        self._mux(self._stream.encode(frame))
        self._mux_sound(time)

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._step
            self._out.mux(packet)

    def _mux_sound(self, until: float) -> None:
        """Pass on the sound up to ``until`` seconds, so that neither stream waits long for the other."""
        while self._waiting is not None and self._waiting[0] <= until:
            self._out.mux(self._waiting[1])
            self._waiting = next(self._sound, None)

    def _carry(self) -> Iterator[tuple[float, Any]]:
        """(seconds, packet) of the source's sound: copied where MP4 can hold it, else encoded as AAC."""
        source = self._source.streams.audio[0]
        start = (self._source.start_time or 0) / 1e6
        copied = source.codec_context is not None and source.codec_context.name in COPIED
        stream = (
            self._out.add_stream_from_template(source)
            if copied
            else self._out.add_stream("aac", rate=source.codec_context.rate or 48000)
        )
        for packet in self._packets(source, stream, copied):
            if packet.pts is None:
                continue
            shift = round(start / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, (packet.pts if packet.dts is None else packet.dts) - shift
            packet.stream = stream
            yield float(packet.pts * packet.time_base), packet

    def _packets(self, source: Any, stream: Any, copied: bool) -> Iterator[Any]:
        try:
            for packet in self._source.demux(source):
                if copied:
                    yield packet
                    continue
                for frame in packet.decode():
                    yield from stream.encode(frame)
        except av.error.FFmpegError:  # damaged sound ends early; all pictures are kept
            pass
        if not copied:
            yield from stream.encode()
