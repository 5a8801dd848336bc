"""A camera, an address or a file as a stream: always its newest picture, and the packets of its last minute."""

from __future__ import annotations

import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Self

import av

from dance3d.io.video.opening import VideoError
from dance3d.io.video.orientation import Orientation, read_matrix
from dance3d.io.video.pictures import DecodedPicture
from dance3d.io.video.sizes import at_most, square
from dance3d.stages.keypoints.settings import KeypointSettings

SCHEMES = ("rtsp", "rtsps", "http", "https", "udp", "rtp", "rtmp", "srt")
DEVICES = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}"), "win32": ("dshow", "video={}")}
"""Of a system: FFmpeg's format of its cameras, and the name of one."""
LONGEST = KeypointSettings.detect_size
"""Pixels of the longer side of a picture, as of ``dance3d run``."""
KEPT_SECONDS, KEPT_BYTES = 60.0, 256 << 20
"""Of the packets that are kept; the bytes were chosen, for cameras that do not compress."""
PATIENCE = (10.0, 10.0)
"""Seconds to wait for an address to answer, and then for each packet; chosen."""


@dataclass(frozen=True, eq=False)
class StreamPicture:
    """A picture of a stream.

    Attributes:
        picture: as displayed.
        time: seconds of the stream.
        at: when it came, or when it was due in a file, seconds of ``time.monotonic``.
    """

    picture: DecodedPicture
    time: float
    at: float


class StreamSource:
    """Reads a stream in a thread of its own, and keeps the newest picture only: who is slow misses some, never lags.

    Args:
        address: number of a camera, a device such as ``/dev/video0``, an address such as ``rtsp://...``, or a file,
            which is read at its own pace.

    Attributes:
        read: pictures that came so far.
        dropped: those of them that nobody took.

    Raises:
        VideoError: it cannot be opened; says what may be given.
    """

    def __init__(self, address: str) -> None:
        self.address, self.read, self.dropped = address, 0, 0
        self._container, self._paced = _opened(address)
        streams = self._container.streams.video
        if not streams:
            self._container.close()
            raise VideoError(f"{address}: has no pictures")
        self._stream = streams[0]
        self._stream.thread_type = "AUTO" if self._paced else "SLICE"  # threads by frame would answer frames later
        self.rate = float(self._stream.average_rate or self._stream.guessed_rate or 30)
        self._kept: deque[list[Any]] = deque()  # packets, each list from one that can be decoded by itself
        self._bytes = 0
        self._change, self._ended, self._stop = Condition(), False, False
        self._newest: StreamPicture | None = None
        self._error: Exception | None = None
        self._orientation: Orientation | None = None
        self._thread = Thread(target=self._run, name="dance3d reads a stream", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        if self._thread.ident is not None:
            self._thread.join(sum(PATIENCE))
        self._container.close()

    def start(self) -> None:
        """Begin to read: a file's first picture is due now."""
        self._thread.start()

    def newest(self) -> StreamPicture | None:
        """The newest picture that was not yet taken; waits for one. None at the end of the stream.

        Raises:
            VideoError: the stream broke off.
        """
        with self._change:
            while self._newest is None and not self._ended:
                self._change.wait(0.2)  # so that Ctrl-C is heard
            found, self._newest = self._newest, None
            if found is None and self._error is not None:
                raise VideoError(f"{self.address}: broke off: {self._error}")
            return found

    def keep(self, path: Path) -> float:
        """Write the packets of the last minute as they came; nothing is encoded again.

        Args:
            path: Matroska file to write.

        Returns:
            Seconds from the first to the last.

        Raises:
            ValueError: there is nothing to keep yet.
        """
        with self._change:
            packets = [packet for group in self._kept for packet in group]
        if not packets:
            raise ValueError("nothing has been seen yet that could be kept")
        first = min(_ticks(packet) for packet in packets)
        with av.open(str(path), "w", format="matroska") as out:
            stream = out.add_stream_from_template(self._stream)
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.is_keyframe = stream, packet.time_base, packet.is_keyframe
                copy.pts = None if packet.pts is None else packet.pts - first
                copy.dts = None if packet.dts is None else packet.dts - first
                out.mux(copy)
        return _seconds(packets[-1]) - _seconds(packets[0])

    def _run(self) -> None:
        try:
            self._read_all()
        except Exception as error:  # told by whoever waits for a picture
            self._error = None if isinstance(error, av.error.EOFError) else error
        with self._change:
            self._ended = True
            self._change.notify_all()

    def _read_all(self) -> None:
        begun = None
        for packet in self._container.demux(self._stream):
            if packet.size and packet.dts is not None:
                self._remember(packet)
            try:
                frames = packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                continue  # a damaged picture
            for frame in frames:
                now = time.monotonic()
                when = float(frame.time) if frame.time is not None else self.read / self.rate
                due = now
                if self._paced:
                    begun = now - when if begun is None else begun
                    due = begun + when
                while not self._stop and (left := due - time.monotonic()) > 0:
                    time.sleep(min(left, 0.1))
                if self._stop:
                    return
                self._offer(StreamPicture(self._shown(frame), when, due))

    def _offer(self, moment: StreamPicture) -> None:
        with self._change:
            self.read += 1
            self.dropped += self._newest is not None
            self._newest = moment
            self._change.notify_all()

    def _remember(self, packet: Any) -> None:
        with self._change:
            if packet.is_keyframe or not self._kept:
                self._kept.append([])
            self._kept[-1].append(packet)
            self._bytes += packet.size
            while len(self._kept) > 1 and (
                _seconds(packet) - _seconds(self._kept[1][0]) > KEPT_SECONDS or self._bytes > KEPT_BYTES
            ):
                self._bytes -= sum(old.size for old in self._kept.popleft())

    def _shown(self, frame: Any) -> DecodedPicture:
        if self._orientation is None:
            sides = {side.type.name: bytes(side) for side in frame.side_data}
            self._orientation = read_matrix(sides.get("DISPLAYMATRIX"))
        shown = square((frame.width, frame.height), self._stream.sample_aspect_ratio)
        size = at_most(shown, LONGEST)
        return DecodedPicture(frame, size, self._orientation, size != shown)


def _opened(address: str) -> tuple[Any, bool]:
    """The container of an address, and whether its pictures come as fast as they are read, as those of a file."""
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    is_device = address.isdecimal() or address.startswith(("/dev/video", "video="))
    try:
        if is_device:
            kind, name = DEVICES.get(sys.platform, DEVICES["linux"])
            place = name.format(address) if address.isdecimal() else address
            return av.open(place, format=kind, timeout=PATIENCE), False
        if scheme in SCHEMES:
            options = {"rtsp_transport": "tcp"} if scheme.startswith("rtsp") else {}
            container = av.open(address, options=options, timeout=PATIENCE)
            return container, bool(container.duration)  # a file on a server has an end
        if scheme or not Path(address).is_file():
            raise VideoError(
                f"{address}: no such stream; give the number of a camera (0), a device, a file, or an address of "
                f"{', '.join(SCHEMES)}"
            )
        return av.open(address), True
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(f"{address}: cannot be opened ({getattr(error, 'strerror', None) or error})") from error


def _ticks(packet: Any) -> int:
    return int(min(packet.dts, packet.dts if packet.pts is None else packet.pts))


def _seconds(packet: Any) -> float:
    return float(packet.dts * packet.time_base)
