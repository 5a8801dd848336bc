"""``dance3d check``: what a video holds, before an hour of work on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dance3d.cli.options import Parser


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    parser.option("video", type=Path, metavar="VIDEO", help="the file, which is read through")


def run(options: Any) -> None:
    """Diagnose a clip."""
    for line in check_video(options.video):
        print(line)


def check_video(path: Path) -> Iterator[str]:
    """Read a clip through and say what it holds, line by line.

    Raises:
        VideoError: it cannot be read at all.
    """
    from dance3d.io.video.reader import VideoReader

    with VideoReader(path) as reader:
        for _ in reader:
            pass
        info, clip = reader.info, reader.clip()
    turned = f"{'mirrored and ' * clip.mirrored}rotated by {clip.rotation} degrees"
    yield f"{path.name}: {info.codec}, {clip.size[0]}x{clip.size[1]} as displayed, {turned}"
    promised = "an unknown number" if clip.expected is None else str(clip.expected)
    yield f"{clip.frames} frames decoded of {promised} expected, {clip.fps:.3f} frames/s by the median step"
    yield f"from {clip.time[0]:.3f} s to {clip.time[-1]:.3f} s; sound: {'yes' if info.has_audio else 'no'}"
    for note in clip.notes:
        yield f"note: {note}"
    for start, stop in clip.gaps:
        yield f"missing: {start:.3f} s to {stop:.3f} s"
    damaged = f"{clip.errors} damaged packet{'s' * (clip.errors != 1)}"
    yield damaged if clip.errors or clip.gaps else "nothing is missing or damaged"
