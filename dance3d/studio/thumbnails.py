"""Small pictures of dancers, cut out of the video: three of each, and of both around every doubtful crossing.

``python -m dance3d.studio.thumbnails RESULT FOLDER``: a process of its own, as it decodes a video.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dance3d.contracts import Keypoints2D
from dance3d.contracts.arrays import Image
from dance3d.contracts.crossings import uncertain_crossings
from dance3d.io.video.reader import VideoReader
from dance3d.pipeline.delivery import RESULT, state
from dance3d.pipeline.result_json import read_result
from dance3d.pipeline.retrack import dancers
from dance3d.studio.job_process import write

INDEX = "index.json"
SHOWN_AT = (0.2, 0.5, 0.8)  # of the rows in which a dancer is seen; chosen
AWAY = 0.4  # seconds before and after a crossing; chosen
HEIGHT = 160  # pixels; chosen: two lines of a phone's screen
_AROUND = 0.15  # of the body's height, to every side; chosen
_LEAST = 8  # pixels of a body that is worth a picture; chosen


def write_thumbnails(result: Path, folder: Path) -> None:
    """Write the pictures of a result and their index, in place of those that are there.

    Args:
        result: folder of a finished run.
        folder: for the pictures; removed first.

    Raises:
        ValueError: no finished run there, or its video cannot be read.
    """
    tracks = dancers(result)
    index, wanted = plan(tracks)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    video = (result / read_result(result)["video"]["path"]).resolve()
    by_number = {track.person: track for track in tracks}
    last = max(wanted, default=-1)
    with VideoReader(video) as reader:
        for frame in reader:
            for person in wanted.get(frame.index, ()):
                picture = cut(frame.image, by_number[person], frame.index)
                if picture is not None:
                    cv2.imwrite(str(folder / name_of(person, frame.index)), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            if frame.index >= last:
                break
    write(folder / INDEX, json.dumps({"of": version(result), **index}))


def version(result: Path) -> str:
    """What tells one state of a result from another; empty where there is none."""
    return state(result, RESULT)[RESULT] or ""


def name_of(person: int, frame: int) -> str:
    """Name of the picture of a dancer in a frame."""
    return f"{person}-{frame}.jpg"


def plan(tracks: Sequence[Keypoints2D]) -> tuple[dict[str, Any], dict[int, list[int]]]:
    """The index of the pictures, and the dancers to be cut out by frame of the video."""
    wanted: dict[int, list[int]] = {}

    def ask(track: Keypoints2D, row: int) -> str:
        frame = row + track.start
        wanted.setdefault(frame, []).append(track.person)
        return name_of(track.person, frame)

    found: dict[str, list[str]] = {}
    for track in tracks:
        seen = np.flatnonzero(np.asarray(track.measured.any(1)))
        found[str(track.person)] = [ask(track, int(seen[int(at * len(seen))])) for at in SHOWN_AT if len(seen)]
    by_number = {track.person: track for track in tracks}
    doubts: list[Mapping[str, Any]] = []
    for one in uncertain_crossings(tracks):
        both = [by_number[person] for person in (one.first, one.second) if person in by_number]
        doubts.append(
            {
                **vars(one),
                "before": [ask(track, _near(track, one.start - AWAY)) for track in both],
                "after": [ask(track, _near(track, one.stop + AWAY)) for track in both],
            }
        )
    return {"dancers": found, "doubts": doubts}, wanted


def _near(track: Keypoints2D, seconds: float) -> int:
    """The row nearest a time of those in which a dancer is seen; the nearest of all where he never is."""
    seen = np.flatnonzero(np.asarray(track.measured.any(1)))
    rows = seen if len(seen) else np.arange(track.frames)
    return int(rows[np.argmin(np.abs(track.time[rows] - seconds))])


def cut(image: Image, track: Keypoints2D, frame: int) -> Image | None:
    """The part of a picture that shows a dancer, ``HEIGHT`` high; none where nothing of it can be seen.

    Args:
        image: (H, W, 3) RGB of the whole frame.
        track: of the dancer.
        frame: number of the frame.
    """
    points = track.xy[frame - track.start]
    points = points[np.isfinite(points).all(1)]
    if not len(points):
        return None
    low, high = points.min(0), points.max(0)
    margin = _AROUND * max(*(high - low), _LEAST)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.ceil(high + margin).astype(int)
    part = image[top:bottom, left:right]
    if min(part.shape[:2]) < _LEAST:
        return None
    width = max(1, round(part.shape[1] * HEIGHT / part.shape[0]))
    return np.asarray(cv2.resize(part, (min(width, 2 * HEIGHT), HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    write_thumbnails(Path(sys.argv[1]), Path(sys.argv[2]))
