"""Opening a video file, and choosing the stream of its pictures."""

from __future__ import annotations

import gc
import os
from collections.abc import Container, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.format import Flags
from av.stream import Disposition

NOT_VIDEO = {"tty", "hls", "dash", "concat", "image2", "subviewer", "srt", "ass", "webvtt"}  # text, playlists, patterns
NOT_MOVING = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image | Disposition.dependent

LOOKED_AT = 300  # chosen: packets in which a stream that moves shows up more than once


class VideoError(ValueError):
    """A video that cannot be read; the message names the file and the reason in one line."""


def open_video(path: Path) -> tuple[Any, Any, tuple[str, ...]]:
    """The container, its stream of pictures, and the streams of pictures that were left out, in words.

    Raises:
        VideoError: not a file that holds pictures which can be decoded; the message says why.
    """
    container = _open(path)
    kind = container.format.name
    moving = [stream for stream in container.streams.video if not stream.disposition & NOT_MOVING]
    if kind in NOT_VIDEO or not moving:
        has = "only sound" if container.streams.audio else f"no pictures (read as {kind})"
        container.close()
        raise VideoError(f"{path}: has no video stream, {has}")
    if kind == "webp_pipe" and _animated(path):
        container.close()
        raise VideoError(
            f"{path}: is an animated WebP, whose pictures FFmpeg cannot decode; make a video of it first, such as with "
            f"ImageMagick: magick {path.name} {path.stem}.mp4"
        )
    stream = choose_stream(moving, _stills(path, moving))
    if stream.codec_context is None:
        container.close()
        raise VideoError(f"{path}: no decoder for its pictures")
    return container, stream, tuple(map(_in_words, (other for other in moving if other is not stream)))


def has_flag(container: Any, flag: Flags) -> bool:
    """Whether the container's format has a property that FFmpeg knows of it."""
    return bool(container.format.flags & flag.value)


def has_times(path: Path) -> bool:
    """Whether the pictures of a video have time stamps that tell one from another.

    Raises:
        VideoError: it cannot be read.
    """
    container, stream, _ = open_video(path)
    with container:
        if has_flag(container, Flags.no_timestamps):
            return False
        first = None
        try:
            for packet in container.demux(stream):
                first = packet.pts if first is None else first
                if packet.pts is not None and packet.pts != first:
                    return True
        except av.error.FFmpegError:  # a damaged packet: what has been seen so far decides
            pass
    return False


def choose_stream(streams: Sequence[Any], stills: Container[int] = ()) -> Any:
    """The stream to read: one that can be decoded and moves, then the one marked as default, the largest, the longest.

    A stream of a single picture is a still, however it is marked. Equals are in the order of the file.

    Args:
        streams: of pictures.
        stills: numbers of those that hold a single picture.
    """

    def rank(stream: Any) -> tuple[bool, bool, bool, int, float]:
        context = stream.codec_context
        still = stream.index in stills
        size = context.width * context.height if context else 0
        length = float((stream.duration or 0) * (stream.time_base or 0))
        return context is not None, not still, bool(stream.disposition & Disposition.default), size, length

    return max(streams, key=rank)


def _stills(path: Path, streams: Sequence[Any]) -> set[int]:
    """Numbers of the streams that hold one picture, as far as their first packets tell; of a single stream none."""
    if len(streams) < 2:
        return set()
    seen = dict.fromkeys((stream.index for stream in streams), 0)
    with _open(path) as container:
        try:
            for packet in islice(container.demux([container.streams[index] for index in seen]), LOOKED_AT):
                seen[packet.stream.index] += packet.size > 0
        except av.error.FFmpegError:  # a damaged packet: what has been seen so far decides
            pass
    return {index for index, packets in seen.items() if packets < 2 < max(seen.values())}


def _in_words(stream: Any) -> str:
    context = stream.codec_context
    what = context.name if context else "no decoder"
    what += f", {context.width}x{context.height}" if context and context.width else ""
    return f"stream {stream.index} ({what})"


def _open(path: Path) -> Any:
    """The container, or a VideoError that says why not."""
    if not path.exists():
        raise VideoError(f"{path}: no such file")
    if path.is_dir():
        raise VideoError(f"{path}: is a directory, expected a video file")
    if not path.is_file():
        raise VideoError(f"{path}: is not a regular file")
    if path.stat().st_size == 0:
        raise VideoError(f"{path}: the file is empty")
    _free_decoders_before_forks()
    try:  # the handle keeps names like "concat:a" or "shot%d.png" from being read as anything else than this file
        return av.open(str(path.resolve()), metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except av.error.PermissionError as error:
        raise VideoError(f"{path}: no permission to read it") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VideoError(f"{path}: cannot be read as a video: {_why(path)}") from error


@cache
def _free_decoders_before_forks() -> None:
    """Let this process collect its garbage before every fork, from now on.

    Pictures that were read are in circles of references with their decoder, which lives until they are collected,
    closed or not. A forked process that collected one would wait for ever for its threads, which it does not have.
    """
    if hasattr(os, "register_at_fork"):  # elsewhere nothing forks
        os.register_at_fork(before=gc.collect)


def _animated(path: Path) -> bool:
    """Whether a WebP file says that it holds an animation."""
    with path.open("rb") as file:
        head = file.read(21)
    return head[12:16] == b"VP8X" and bool(head[20] & 2)


def _why(path: Path) -> str:
    """Why FFmpeg cannot read a file, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:] == b"ftyp":
        return "its index (moov) is missing or damaged, as in a cut download"
    return "no known video format"
