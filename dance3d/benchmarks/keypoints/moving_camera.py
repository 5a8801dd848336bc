"""Paths before made-up cameras that pan, follow, zoom and shake, against those before the camera that stood.

A part of every picture of a real clip whose camera stands is cut out and resized: the part moves as the picture of a
moving camera would. Its motion is known, and the path of the dancer must be that of the whole clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dance3d.contracts import Camera, Keypoints2D, Pose3D
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.geometry.still_camera import known, to_still
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter
from dance3d.skeleton import H36M17
from dance3d.timeseries.resampling import interpolate

Float = NDArray[np.float64]
Predict = Callable[..., list[Any]]
CLIPS = ("footskate_dance.mp4", "sports2d_demo.mp4")
"""Of ``data/video``, those whose camera stands."""
WINDOW = 0.6  # of the picture's sides: what a camera sees that does not zoom, more where the dancer is taller
WIDTH = 960  # pixels of the made-up pictures
MOST_ZOOM, ROOM = 2.5, 0.94  # from the whole picture; the dancer's height takes at most this share of a picture
SLOW = 0.5  # seconds: standard deviation of the mean that a following camera sees, and of a path whose length counts
SWING, EVERY = 0.12, 4.0  # a pan around the dancer: share of the picture's width, and seconds
SHAKE, PACE = 0.01, 0.08  # of a hand: standard deviation as a share of the picture's width; seconds
CRF = 18  # of the made-up films
_PELVIS = H36M17.index("pelvis")


@dataclass(frozen=True, eq=False)
class StandingClip:
    """A clip whose camera stands, and what is found in it.

    Attributes:
        path: of the video.
        track: of the dancer who is seen longest.
        pose: of that dancer.
        place: (T, 2) middle of that dancer, smoothed, pixels.
        tall: pixels of that dancer's height, ninth decile.
    """

    path: Path
    track: Keypoints2D
    pose: Pose3D
    place: Float
    tall: float


def moving_camera(folder: Path, predict: Predict, names: Sequence[str] = CLIPS) -> Iterator[dict[str, float]]:
    """Score paths before made-up cameras.

    Args:
        folder: of the clips; those that are not there are left out.
        predict: runs a stage by name on inputs with settings.
        names: of the clips.

    Yields:
        For each clip and motion ``camera.CLIP.MOTION.off``: mean distance between the path and that before the standing
        camera, as a share of the distance walked, and ``.off_m``, metres; ``.true_motion``, the share with the true
        motion of the camera, ``.taken_as_still``, with none; ``.known``, the share of pictures whose motion is said to
        be known; ``.map_px``, how far a corner of the picture is off by the motion found, mean, of pictures ``WIDTH``
        wide. ``camera.CLIP.walked_m`` is the distance, and ``camera.CLIP.zoom.ratio`` the zoom.
    """
    for path in (folder / name for name in names if (folder / name).is_file()):
        clip = standing(path, predict)
        found = {"walked_m": walked(clip.pose)}
        for motion, windows in motions(clip).items():
            found |= {f"{motion}.{name}": value for name, value in compared(clip, windows, predict).items()}
            if motion == "zoom":
                found["zoom.ratio"] = float(windows[0, 2] / windows[-1, 2])
        yield {f"camera.{path.stem}.{name}": value for name, value in found.items()}


def standing(path: Path, predict: Predict) -> StandingClip:
    """A clip before the camera that stood."""
    _, *tracks = predict("keypoints", {"video": path})
    poses = predict("lift", {"keypoints": tracks})
    longest = int(np.argmax([track.measured.sum() for track in tracks]))
    track, xy = tracks[longest], tracks[longest].xy.astype(np.float64)
    there = np.asarray(np.isfinite(xy).all((1, 2)))
    low, high = xy[there].min(1), xy[there].max(1)
    middle = np.zeros((len(xy), 2))
    middle[there] = (low + high) / 2
    middle = interpolate(middle, there, track.time, track.time)
    place = gaussian_filter1d(middle, SLOW * track.fps, axis=0, mode="nearest")
    return StandingClip(path, track, poses[longest], place, float(np.percentile((high - low)[:, 1], 90)))


def motions(clip: StandingClip, seed: int = 0) -> dict[str, Float]:
    """Windows (T, 3) of made-up cameras, by name: x and y of the middle, and width, pixels of the clip.

    Args:
        clip: in which they move.
        seed: of the hand that shakes.
    """
    (width, height), time = clip.track.size, clip.track.time - clip.track.time[0]
    share = min(max(WINDOW, clip.tall / (ROOM * height)), 1.0)
    frames, part = len(time), np.full((len(time), 1), share * width)
    swing = SWING * width * np.sin(2 * np.pi * time / EVERY)[:, None] * [1, 0]
    hand = np.random.default_rng(seed).normal(0, 1, (frames, 2))
    hand = gaussian_filter1d(hand, PACE * clip.track.fps, axis=0)
    ratio = min(MOST_ZOOM, max(ROOM * height / clip.tall, 1.0))
    zoom = width / np.exp(np.linspace(0, np.log(ratio), frames))[:, None]
    found = {
        "follow": np.hstack([clip.place, part]),
        "pan": np.hstack([clip.place.mean(0) * [0, 1] + clip.place * [1, 0] + swing, part]),
        "zoom": np.hstack([clip.place, zoom]),
        "hand": np.hstack([np.divide(clip.track.size, 2) + SHAKE * width * hand / hand.std(), 0 * part + 0.9 * width]),
    }
    for windows in found.values():  # inside the picture
        half = windows[:, 2:] / 2 * [1, height / width]
        windows[:, :2] = np.clip(windows[:, :2], half, np.array([width, height]) - half)
    return found


def to_whole(windows: Float, size: tuple[int, int]) -> Float:
    """(T, 2, 3) maps from pictures ``WIDTH`` wide to those of (width, height) whose windows they show."""
    scale = windows[:, 2] / WIDTH
    corner = windows[:, :2] - windows[:, 2:] / 2 * [1, size[1] / size[0]]
    return np.concatenate([scale[:, None, None] * np.eye(2), corner[..., None]], -1)


def compared(clip: StandingClip, windows: Float, predict: Predict) -> dict[str, float]:
    """The figures of one made-up camera, see ``moving_camera``.

    Args:
        clip: in which it moves.
        windows: (T, 3) of ``motions``.
        predict: runs a stage by name.
    """
    maps = to_whole(windows, clip.track.size)
    with TemporaryDirectory() as folder:
        video = made_up(clip, maps, Path(folder))
        _, *tracks = predict("keypoints", {"video": video})
    if not tracks:
        return {"off": float("nan"), "known": 0.0}
    lens = Camera.from_field_of_view(ASSUMED_FIELD_OF_VIEW, clip.track.size)
    scale, corner = maps[0, 0, 0], maps[0, :, 2]
    settings = {"camera": {"focal": lens.focal / scale, "centre": ((np.array(lens.centre) - corner) / scale).tolist()}}

    def apart(track: Keypoints2D) -> float:
        whole = np.einsum("tij,tkj->tki", maps[:, :, :2], track.xy) + maps[:, None, :, 2]
        off = np.linalg.norm(whole - clip.track.xy, axis=-1)
        return float(np.nan_to_num(off, nan=clip.tall).mean())

    track = min(tracks, key=apart)
    true = np.concatenate([maps[:, :, :2] / scale, ((maps[:, :, 2] - corner) / scale)[..., None]], -1)
    figures = {}
    for name, still in (("off", track.still), ("true_motion", true), ("taken_as_still", None)):
        pose = predict("lift", {"keypoints": [replace(track, still=still)]}, settings)[0]
        figures[name] = off(clip.pose, pose)
    figures["off_m"] = figures["off"] * walked(clip.pose)
    figures["known"] = float(known(track.still, track.frames).mean())
    at = np.tile(np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * track.size, (track.frames, 1, 1))
    figures["map_px"] = float(np.linalg.norm(to_still(at, track.still) - to_still(at, true), axis=-1).mean())
    return figures


def made_up(clip: StandingClip, maps: Float, folder: Path) -> Path:
    """A film of parts of a clip's pictures.

    Args:
        clip: its pictures and times.
        maps: (T, 2, 3) from the film's pictures to the clip's.
        folder: of the film.
    """
    width, height = clip.track.size
    size = (WIDTH, round(WIDTH * height / width / 2) * 2)
    with (
        VideoReader(clip.path) as reader,
        VideoWriter(folder / "made_up.mp4", size, reader.info.fps, crf=CRF) as writer,
    ):
        for frame, matrix, time in zip(reader, maps, clip.track.time, strict=True):
            writer.write(frame.picture.crop(matrix, size), float(time))
    return folder / "made_up.mp4"


def walked(pose: Pose3D) -> float:
    """Metres of the way of the root, without what it sways."""
    assert pose.root is not None
    root = pose.root[np.isfinite(pose.root).all(1)].astype(np.float64)
    smooth = gaussian_filter1d(root, SLOW * pose.fps, axis=0, mode="nearest")
    return float(np.linalg.norm(np.diff(smooth, axis=0), axis=1).sum())


def off(true: Pose3D, found: Pose3D) -> float:
    """Mean distance between two paths from their middles, as a share of the distance that was walked."""
    assert true.root is not None and found.root is not None
    both = np.isfinite(true.root).all(1) & np.isfinite(found.root).all(1)
    if not both.any():
        return float("nan")
    apart = found.root[both].astype(np.float64) - true.root[both]
    return float(np.linalg.norm(apart - np.median(apart, axis=0), axis=1).mean() / walked(true))
