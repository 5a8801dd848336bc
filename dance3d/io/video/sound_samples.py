"""The sound of a video as samples on the clock of its pictures.

Times are counted from the start of the container, as ``video`` counts those of the pictures: start offsets of streams,
edit lists and the priming samples of encoders are in the time stamps and count by themselves. As in ``sound``, decoding
happens in a process of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from dance3d.io.video.sound import PAUSE, decoded, has_sound, in_own_process, named, ordered

RATE = 16000
"""Samples per second, one channel: the beat of music is below 8 kHz; chosen."""
SLACK = 0.01
"""Chosen, seconds: time stamps that are off by less, as rounded ones are, move no sample."""


def read_sound(path: Path) -> NDArray[np.int16] | None:
    """The first sound of a video that can be decoded, ``RATE`` samples per second from 0 s of the video's clock on.

    Gaps are silent; what lies before 0 s is left out.

    Returns:
        (N,) samples, or none where the file has no sound.

    Raises:
        ValueError: there is sound, but it cannot be decoded or laid beside the pictures.
    """
    if not has_sound(path):
        return None
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "samples")
        said = in_own_process(__name__, path.resolve(), target)
        if not target.is_file():
            raise ValueError(said)
        return np.fromfile(target, np.int16)


# ---- in a process of its own ----------------------------------------------------------------------------------------


def work(source: str, target: str) -> None:
    """Write the samples of ``read_sound`` into a new file, as int16; where that cannot be, say why and write none."""
    with av.open(source, metadata_errors="ignore", options={"protocol_whitelist": "file"}) as found:
        streams = [(stream.index, named(stream)) for stream in ordered(found) if stream.codec_context is not None]
    failed = ["there is no decoder for it"]
    for index, name in streams:
        try:
            with (
                av.open(source, metadata_errors="ignore", options={"protocol_whitelist": "file"}) as found,
                Path(target).open("wb") as out,
            ):
                _write(_pieces(found, found.streams[index]), out)
            return
        except (av.error.FFmpegError, ValueError, OSError) as error:
            Path(target).unlink(missing_ok=True)
            failed.append(f"{name}: {' '.join(str(error).split())}")
    print("; ".join(failed[1:] or failed))


def _pieces(container: Any, stream: Any) -> Iterator[tuple[float | None, NDArray[np.int16]]]:
    """(seconds, samples) of a stream; the time is that of the piece's first sample, none where it follows the last."""
    start = Fraction(container.start_time or 0, 1_000_000)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    for frame in decoded(container, stream):
        at = None if frame.pts is None else float(frame.pts * frame.time_base - start)
        frame.pts = None
        for piece in resampler.resample(frame):
            yield at, piece.to_ndarray().reshape(-1).astype(np.int16, copy=False)
            at = None
    for piece in resampler.resample(None):
        yield None, piece.to_ndarray().reshape(-1).astype(np.int16, copy=False)


def _write(pieces: Iterator[tuple[float | None, NDArray[np.int16]]], out: BinaryIO) -> None:
    """Lay pieces one behind the other, with silence in gaps.

    Raises:
        ValueError: there is none, or the clock of the sound was set.
    """
    written = place = 0  # samples in the file; where the next one belongs if the clock is right
    for at, samples in pieces:
        if at is not None:
            where = round(at * RATE)
            if place and abs(where - place) > PAUSE * RATE:
                raise ValueError(f"its clock jumps at {place / RATE:.2f} s")
            if not place or abs(where - place) > SLACK * RATE:
                place = where
        if place > written:
            out.write(bytes(2 * (place - written)))
            written = place
        new = samples[max(written - place, 0) :]
        out.write(new.tobytes())
        place += len(samples)
        written += len(new)
    if not written:
        raise ValueError("it holds nothing within the video")
