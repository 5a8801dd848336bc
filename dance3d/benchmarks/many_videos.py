"""Time of several videos by processes side by side, against one after the other, and whether the files are the same.

``python -c "from dance3d.benchmarks.many_videos import side_by_side; print(side_by_side())"``; on a machine at rest.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import chain, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from dance3d.io.file_hash import hash_file
from dance3d.io.images import VIDEOS
from dance3d.io.paths import data_root
from dance3d.io.safe_names import files_below
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter

CLIPS, SECONDS = 8, 4.0
TIMED = ("result.json", "index.csv", "index.parquet")  # hold times, or hold what they hold


def side_by_side(folder: Path | None = None, processes: int = 2, turns: int = 1) -> dict[str, float]:
    """Run on clips, one after the other and by several processes, from the start of the command to its end.

    Args:
        folder: of the videos from which the clips are cut; those of the data root if not given.
        processes: side by side.
        turns: how often each.

    Returns:
        ``many.one`` and ``many.jobs``: seconds, the medians; ``many.times``, the median of ratios; and
        ``many.differing``: files that are not the same to the byte.
    """
    with TemporaryDirectory() as made:
        clips, one, many = (Path(made, name) for name in ("clips", "one", "many"))
        cut_clips(folder or data_root() / "video", clips)
        took = [(_timed(clips, one), _timed(clips, many, "-j", str(processes))) for _ in range(turns)]
        names = [name for name in files_below(one) if Path(name).name not in TIMED]
        differing = sum(hash_file(one / name) != hash_file(many / name) for name in names)
        alone, beside = (median(times) for times in zip(*took, strict=True))
        ratio = median(a / b for a, b in took)
    return {"many.one": alone, "many.jobs": beside, "many.times": ratio, "many.differing": float(differing)}


def cut_clips(folder: Path, out: Path, count: int = CLIPS, seconds: float = SECONDS) -> list[Path]:
    """Clips from the videos of a folder and below, in turns: of each the first seconds, then the next.

    Args:
        folder: with videos.
        out: folder for the clips, made.
        count: how many.
        seconds: of each, or what the video still has.

    Raises:
        ValueError: no video there, or not as many clips in them.
    """
    videos = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in VIDEOS]
    out.mkdir(parents=True)
    made: list[Path] = []
    for turn in range(count):
        for video in videos:
            path = out / f"{len(made)}-{video.stem}.mp4"
            if len(made) < count and _cut(video, path, turn * seconds, seconds):
                made.append(path)
    if len(made) < count:
        raise ValueError(f"{folder} gives {len(made)} clips of {seconds:g} s, expected {count}")
    return made


def _cut(video: Path, path: Path, start: float, seconds: float) -> bool:
    """Write a part of a video; whether it has one."""
    with VideoReader(video) as reader:
        fps = reader.info.fps
        frames = islice(reader, round(start * fps), round((start + seconds) * fps))
        first = next(frames, None)
        if first is None:
            return False
        height, width = first.image.shape[:2]
        with VideoWriter(path, (width, height), fps, crf=18) as writer:
            for number, frame in enumerate(chain([first], frames)):
                writer.write(frame.image, number / fps)
    return True


def _timed(clips: Path, out: Path, *words: str) -> float:
    began = perf_counter()
    command = [sys.executable, "-m", "dance3d", "run", str(clips), "-o", str(out), "--no-cache", "-q", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began
