"""Writing H.264 videos that browsers play, with the times of the video they were made from."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.planes import BT601, BT709

TICK = Fraction(1, 90000)  # fine enough for every usual rate, and what MPEG counts in
LIMITED = 1  # FFmpeg's number of the range


class VideoWriter:
    """Write RGB pictures with their own times (H.264, yuv420p, MP4 with its index in front).

    Use it as a context manager; after an error nothing is left at ``path``.

    Args:
        path: of the new file.
        size: (width, height) of the pictures, pixels; an odd side is padded by repeating its last line.
        fps: nominal frames per second: what the header says, and how long the last frame lasts.
        crf: quality, lower is better and larger.
        preset: of libx264, a faster one makes larger files.
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
        self._path, self._size, self._last, self._time = Path(path), size, -1, -math.inf
        self._step = max(round(1 / fps / TICK), 1)
        self._out: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream: Any = self._out.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        self._stream.width, self._stream.height = (n + n % 2 for n in size)
        self._stream.pix_fmt = "yuv420p"
        # No B frames: they shift decoding times, and with uneven steps the container misstates the last frame's end.
        self._stream.options = {"crf": str(crf), "preset": preset, "bf": "0", "x264-params": more}
        context = self._stream.codec_context
        self._stream.time_base = context.time_base = TICK
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
        ticks, self._time = max(round(time / TICK), self._last + 1), time  # nearer than a tick is still later
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base, self._last = ticks, TICK, ticks
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._step
            self._out.mux(packet)
