"""The sound of a video, carried over to another one.

Sound is an accessory: whatever is wrong with it is said and loses nothing. Decoding and encoding of odd sound can end
the process (PyAV frees some channel layouts twice), so all of it happens in a process of its own, to which the second
half of this module belongs.
"""

from __future__ import annotations

import heapq
import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

COPIED = {"aac", "mp3", "ac3", "eac3", "alac"}  # sound that MP4 carries as it is; anything else becomes AAC
AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
RATE = 48000  # samples a second where AAC has not the source's rate
PAUSE = 10.0  # chosen, seconds: a longer step of the sound's clock, or one back, is a clock that was set
PATIENCE = 900  # chosen, seconds: two hours of sound are encoded in a few minutes
_CHILD = """import importlib, json, sys
sys.path[:] = json.loads(sys.argv[1])
importlib.import_module(sys.argv[2]).work(*sys.argv[3:])
"""


def carry_sound(source: Path, video: Path) -> str:
    """Add the sound of ``source`` to an MP4 file without sound.

    Args:
        source: any video.
        video: the file, replaced in one step; it stays as it is where the sound cannot be carried.

    Returns:
        What a user should know, in one phrase; empty where all went well or there is no sound.
    """
    if not has_sound(source):
        return ""
    part = video.with_name(f"{video.stem}.sound{video.suffix}")
    try:
        said = in_own_process(__name__, source.resolve(), video, part)
        if not part.is_file():
            return f"{video.name} has no sound: {said}"
        part.replace(video)
        return said
    finally:
        part.unlink(missing_ok=True)


def has_sound(path: Path) -> bool:
    """Whether a file has a stream of sound."""
    try:
        with av.open(str(path.resolve()), metadata_errors="ignore", options={"protocol_whitelist": "file"}) as found:
            return bool(found.streams.audio)
    except (av.error.FFmpegError, OSError, ValueError):
        return False


def in_own_process(module: str, *paths: Path) -> str:
    """Call ``work`` of a module in a process of its own, whose last path is the file that it makes.

    Returns:
        What it prints; where no file was made it is never empty, and says why.
    """
    root = str(Path(__file__).parents[2])
    search = json.dumps([root, *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-P", "-c", _CHILD, search, module, *map(str, paths)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        said, code = done.stdout.decode(errors="replace").strip(), done.returncode
    except subprocess.TimeoutExpired:
        said, code = f"it took more than {PATIENCE} s", 1
    except OSError as error:  # no new process
        said, code = str(error), 1
    if code:
        paths[-1].unlink(missing_ok=True)
    return said if paths[-1].is_file() else said or f"decoding it ended with code {code}"


# ---- in a process of its own ----------------------------------------------------------------------------------------


def work(source: str, video: str, target: str) -> None:
    """Put the pictures of a video and the first sound of another that can be carried into a new file.

    What a user should know is printed. Without any sound no file is made.

    Args:
        source: path of the file with the sound.
        video: path of the file with the pictures.
        target: path of the new file.
    """
    with av.open(source, metadata_errors="ignore", options={"protocol_whitelist": "file"}) as found:
        streams = ordered(found)
        tries = [(stream.index, copied) for stream in streams for copied in _ways(stream)]
        names = {stream.index: named(stream) for stream in streams}
    failed: dict[int, str] = {index: "there is no decoder for it" for index in names}
    for index, copied in tries:
        try:
            said = _write(source, video, target, index, copied)
        except (av.error.FFmpegError, ValueError, OSError) as error:
            Path(target).unlink(missing_ok=True)
            failed[index] = " ".join(str(error).split())
            continue
        first = next(iter(names))
        if index != first:
            said = f"the sound is that of {names[index]}; {names[first]} cannot be carried: {failed[first]}"
        print(said)
        return
    print("; ".join(f"{names[index]}: {why}" for index, why in failed.items()))


def ordered(container: Any) -> list[Any]:
    """The streams of sound, the one marked as default first."""
    return sorted(container.streams.audio, key=lambda stream: not stream.disposition & Disposition.default)


def named(stream: Any) -> str:
    """Number and codec of a stream, in words."""
    return f"stream {stream.index}" + (f" ({stream.codec_context.name})" if stream.codec_context else "")


def _ways(stream: Any) -> tuple[bool, ...]:
    """How to try a stream, in order: as it is (True), encoded anew (False)."""
    if stream.codec_context is None:
        return ()
    return (True, False) if stream.codec_context.name in COPIED else (False,)


def _write(source: str, video: str, target: str, index: int, copied: bool) -> str:
    """Write pictures and one stream of sound, in the order of their times; what a user should know is returned."""
    with (
        av.open(video) as pictures,
        av.open(source, metadata_errors="ignore", options={"protocol_whitelist": "file"}) as found,
        av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        shown: Any = pictures.streams.video[0]
        heard: Any = found.streams[index]
        end = float(((shown.start_time or 0) + (shown.duration or 0)) * (shown.time_base or 0))
        start = Fraction(found.start_time or 0, 1_000_000)
        film: Any = out.add_stream_from_template(shown)
        rate = heard.codec_context.rate or RATE
        if copied:
            track: Any = out.add_stream_from_template(heard)
            sound = _copied(found, heard, start)
            said = ""
        else:
            kept = rate if rate in AAC_RATES else RATE
            layout = "mono" if heard.codec_context.layout.nb_channels == 1 else "stereo"
            track = out.add_stream("aac", rate=kept, layout=layout)
            sound = _encoded(found, heard, track, start)
            said = f"the sound is resampled from {rate} to {kept} samples/s" if rate != kept else ""
        heard_any = False
        for at, which, packet in heapq.merge(_timed(pictures, shown), sound, key=lambda row: row[:2]):
            if which and at > end:  # all pictures came before
                break
            heard_any |= bool(which)
            packet.stream = track if which else film
            out.mux(packet)
        if not heard_any:
            raise ValueError("it holds nothing within the video")
    return said


def _timed(container: Any, stream: Any) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 0, packet) of the pictures."""
    for packet in container.demux(stream):
        if packet.dts is not None:
            yield float(packet.dts * packet.time_base), 0, packet


def _copied(container: Any, stream: Any, start: Fraction) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 1, packet) of sound as it is, counted from ``start`` seconds.

    Raises:
        ValueError: times that do not increase, as in joined recordings; encoding can mend them.
    """
    last = float("-inf")
    for packet in _demuxed(container, stream):
        if packet.pts is None:
            continue
        shift = round(start / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, (packet.pts if packet.dts is None else packet.dts) - shift
        at = float(packet.dts * packet.time_base)
        if at <= last or (last > float("-inf") and at - last > PAUSE):
            raise ValueError(f"its times do not increase after {last:.2f} s")
        last = at
        yield at, 1, packet


def _encoded(container: Any, stream: Any, track: Any, start: Fraction) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 1, packet) of sound as AAC, counted from ``start`` seconds; where its clock jumps it goes on."""
    context = track.codec_context
    resampler = av.AudioResampler(format="fltp", layout=context.layout.name, rate=context.rate)
    ahead: int | None = None  # samples: where the next piece begins if the clock is right
    for frame in decoded(container, stream):
        at = None if frame.pts is None else round((frame.pts * frame.time_base - start) * context.rate)
        frame.pts = None
        for piece in resampler.resample(frame):
            late = ahead is not None and at is not None and not 0 <= at - ahead <= PAUSE * context.rate
            place = ahead if ahead is not None and (at is None or late) else at or 0
            piece.pts, piece.time_base = place, Fraction(1, context.rate)
            ahead, at = place + piece.samples, None
            yield from _stamped(track.encode(piece))
    yield from _stamped(track.encode())


def _stamped(packets: list[Any]) -> Iterator[tuple[float, int, Any]]:
    for packet in packets:
        if packet.dts is not None:
            yield float(packet.dts * packet.time_base), 1, packet


def decoded(container: Any, stream: Any) -> Iterator[Any]:
    """The frames of a stream of sound; what is damaged is passed over."""
    for packet in _demuxed(container, stream):
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.error.InvalidDataError:  # a damaged packet: the rest is kept
            continue


def _demuxed(container: Any, stream: Any) -> Iterator[Any]:
    try:
        yield from container.demux(stream)
    except av.error.FFmpegError:  # damaged sound ends early; all pictures are kept
        return
