"""Keypoints of real recordings as unlabelled takes: which stretches of them are good enough, and which validate.

A detector loses dancers, guesses limbs and sees half a body at the picture's edge. What it is not sure of teaches a net
nothing, so only stretches train in which nearly the whole body is seen for a while.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D
from dance3d.contracts.shots import spans
from dance3d.geometry.still_camera import known, to_still
from dance3d.io import artefacts
from dance3d.io.keypoint_files.arrays import read_keypoints
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import grid, interpolate, is_uniform, nearest
from dance3d.timeseries.segments import lasting

log = logging.getLogger(__name__)

FPS = 30.0
"""Frames per second of stretches: those of the takes that train beside them."""
LEAST_SCORE = 0.3
"""Chosen: score from which a keypoint counts as seen."""
LEAST_JOINTS = 14
"""Chosen: joints of 17 that a good frame shows; three may be hidden, an arm behind the body for instance."""
LEAST_SECONDS = 1.5
"""Chosen: shortest stretch that is kept; the net looks at 27 frames, 0.9 s."""
BRIDGE = 0.2
"""Chosen: seconds between two good stretches that become one."""
LEAST_HEIGHT = 80.0
"""Chosen: pixels from the highest keypoint to the lowest, median of a stretch; in a smaller body noise is large."""
VAL_EVERY = 7
"""Chosen, as for takes of motion capture: one clip of so many validates."""
VAL_TAIL = 0.2
"""Chosen: the last share of every stretch that validates where all of them are of one clip."""
_PELVIS = H36M17.index("pelvis")
_RESULTS = "person-"  # folders of dancers in a folder of results begin so


class Stretch(NamedTuple):
    """A part of a recording in which a dancer is seen well.

    Attributes:
        track: keypoints at ``FPS``, before a still camera.
        clip: name of the recording.
    """

    track: Keypoints2D
    clip: str


def read_recordings(folder: Path, told: Callable[[str], None] = log.warning) -> list[Stretch]:
    """The good stretches of all keypoints in a folder and below.

    Keypoints are artefacts (``keypoints.npz`` of results, those of a cache) and ``.npz`` of plain arrays that name
    their layout, size and times. Tracks in one folder are dancers of one clip.

    Args:
        folder: to look into.
        told: gets a line about each file or dancer that is left out.

    Raises:
        ValueError: no such folder, or nothing good in it.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder of keypoints")
    found: list[Stretch] = []
    files = [path for path in sorted(folder.rglob("*.npz")) if path.is_file()]
    for path in files:
        clip = path.parent.parent if path.parent.name.startswith(_RESULTS) else path.parent
        name = clip.relative_to(folder).as_posix()
        try:
            tracks = _tracks(path)
        except (ValueError, OSError) as error:
            told(f"left out: {' '.join(str(error).split())}")
            continue
        found += good_of_clip(tracks, name, path.relative_to(folder).as_posix(), told)
    if not found:
        raise ValueError(f"{folder} holds no keypoints to train on: {len(files)} .npz files, no good stretch in them")
    return found


def good_of_clip(tracks: Sequence[Keypoints2D], clip: str, name: str, told: Callable[[str], None]) -> list[Stretch]:
    """The good stretches of a clip's dancers.

    Args:
        tracks: of the dancers.
        clip: name of the recording.
        name: by which a line about it calls it.
        told: gets a line about each dancer who is left out.
    """
    found: list[Stretch] = []
    for track in tracks:
        good = list(good_stretches(track))
        found += [Stretch(one, clip) for one in good]
        if not good:
            told(
                f"left out: dancer {track.person} of {name}, never seen well for {LEAST_SECONDS} s (at least"
                f" {LEAST_JOINTS} joints with a score of {LEAST_SCORE}, {LEAST_HEIGHT:.0f} pixels tall)"
            )
    return found


def good_stretches(track: Keypoints2D) -> Iterator[Keypoints2D]:
    """The parts of a track in which nearly the whole body is seen for a while, each in one shot, at ``FPS``.

    The stretches of a good stretch are that stretch.
    """
    xy = to_still(track.xy, track.still)
    seen = np.isfinite(xy).all(-1) & track.measured & (track.score >= LEAST_SCORE)
    good = (seen.sum(1) >= LEAST_JOINTS) & known(track.still, track.frames)
    for first, last in spans(track.shots, track.frames):
        rows = lasting(good[first:last, None], track.fps, BRIDGE, LEAST_SECONDS)
        for start, stop in zip(first + rows.start, first + rows.stop, strict=True):
            part = _at_rate(track, xy, seen, slice(start, stop))
            if part.frames / FPS >= LEAST_SECONDS - 1 / FPS and _height(part) >= LEAST_HEIGHT:
                yield part


def split(stretches: Sequence[Stretch]) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches that train and those that validate: one clip of ``VAL_EVERY``, one at least.

    Where all are of one clip, the end of each stretch validates.
    """
    clips = sorted({one.clip for one in stretches})
    if len(clips) == 1:
        halves = [_cut(one) for one in stretches]
        return [before for before, _ in halves], [after for _, after in halves]
    chosen = set(clips[VAL_EVERY // 2 :: VAL_EVERY]) or {clips[-1]}
    train, val = ([one for one in stretches if (one.clip in chosen) == held] for held in (False, True))
    return train, val


def _tracks(path: Path) -> list[Keypoints2D]:
    """The keypoints of a file; none of an artefact of another kind."""
    kind = artefacts.kind_of(path)
    if kind == Keypoints2D.__name__:
        return [artefacts.load(path, Keypoints2D)]
    return [] if kind else read_keypoints(path)


def _at_rate(track: Keypoints2D, xy: NDArray[np.float64], seen: NDArray[np.bool_], rows: slice) -> Keypoints2D:
    """Rows of a track at ``FPS``.

    Args:
        track: of the dancer.
        xy: (T, 17, 2) its points before a still camera.
        seen: (T, 17) which of them count.
        rows: of the stretch.
    """
    time, points, there, score = track.time[rows], xy[rows], seen[rows], track.score[rows]
    if not is_uniform(time, FPS):
        at = grid(time, FPS)
        at = at[at <= time[-1] + 1e-6]
        columns = range(points.shape[1])
        near = nearest(time, at)
        dense = [interpolate(points[:, j], there[:, j], time, at) for j in columns]
        points, there, score, time = np.stack(dense, 1), there[near], score[near], at
    found: NDArray[np.float32] = np.where(there[..., None], points, np.nan).astype(np.float32)
    score = np.where(there, score, 0.0)
    start = int(track.start + (rows.start or 0))
    return Keypoints2D(found, score, there, time, track.size, start=start, person=track.person)


def _height(track: Keypoints2D) -> float:
    """Pixels from the highest keypoint to the lowest, median over the frames that show any."""
    down = track.xy[track.measured.any(1), :, 1]
    return float(np.median(np.nanmax(down, 1) - np.nanmin(down, 1))) if len(down) else 0.0


def _cut(one: Stretch) -> tuple[Stretch, Stretch]:
    """The beginning and the end of a stretch."""
    track, at = one.track, max(1, round(one.track.frames * (1 - VAL_TAIL)))
    halves = [
        replace(track, **{name: getattr(track, name)[rows] for name in ("xy", "score", "measured", "time")})
        for rows in (slice(at), slice(at, None))
    ]
    before, after = (Stretch(half, one.clip) for half in halves)
    return before, after
