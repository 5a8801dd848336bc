"""Stretches of takes as videos of a rendered dancer: what a detector of keypoints will read of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Camera, MotionClip, Pose3D
from dance3d.datasets import splits
from dance3d.io import artefacts
from dance3d.io.video.writer import VideoWriter
from dance3d.synth.clip import film_truth, place_camera
from dance3d.synth.filmed_mocap import INDEX, TRUTH
from dance3d.synth.render import render
from dance3d.synth.takes import motion

VIDEOS = "videos"
_SIZES = ((640, 480), (480, 640), (848, 480))  # pixels, chosen: of phones and the web, small enough to render soon
_VIEWS = (45.0, 70.0)  # degrees, chosen: fields of view along the longer side


def write_videos(folder: Path, source: str, count: int, length: float, clips: int, seconds: float, seed: int) -> None:
    """Write ``index.json``, ``truth/0000.npz`` (Pose3D) and ``videos/0000.mp4``, aligned; no take held out for testing.

    Args:
        folder: an empty folder.
        source: as in ``takes.motion``.
        count: stretches that are filmed.
        length: seconds of a stretch, at most.
        clips: as in ``takes.motion``.
        seconds: as in ``takes.motion``.
        seed: of everything random.

    Raises:
        ValueError: as ``load_motion``, or nothing is left to train or to validate on.
    """
    takes = motion(source, clips, seconds)
    split = splits.require_train_and_val(splits.assign_splits(takes), source)
    for name in (TRUTH, VIDEOS):
        (folder / name).mkdir()
    index = []
    for number, clip in enumerate(stretches([one for one in takes if split[one.name] != "test"], count, length, seed)):
        truth = _write_video(clip, folder / VIDEOS / f"{number:04d}.mp4", seed + number)
        artefacts.save(truth, folder / TRUTH / f"{number:04d}.npz")
        name = clip.name.partition("@")[0]
        line = {"name": f"{clip.name}#{number}", "group": clip.group, "genre": clip.genre, "camera": 0}
        index.append(line | {"split": split[name]})
    (folder / INDEX).write_text(json.dumps(index, indent=0))


def stretches(takes: Sequence[MotionClip], count: int, length: float, seed: int) -> list[MotionClip]:
    """Parts of takes, every genre and within it every group in turn, in the middle of the floor and turned at random.

    Args:
        takes: to choose from.
        count: of parts.
        length: seconds of a part, at most.
        seed: of the choice.
    """
    rng = np.random.default_rng([seed, 41])
    genres = sorted({take.genre for take in takes})
    groups = {genre: sorted({take.group for take in takes if take.genre == genre}) for genre in genres}
    out = []
    for number in range(count):
        genre = genres[number % len(genres)]
        group = groups[genre][number // len(genres) % len(groups[genre])]
        some = [take for take in takes if (take.genre, take.group) == (genre, group)]
        take = some[rng.integers(len(some))]
        frames = min(round(length * take.fps), len(take.xyz))
        start = int(rng.integers(len(take.xyz) - frames + 1))
        out.append(_centred(take.part(start, start + frames), rng.uniform(0, 2 * np.pi)))
    return out


def _centred(clip: MotionClip, angle: float) -> MotionClip:
    """A clip in the middle of the floor, turned by an angle about the vertical, radians."""
    middle = (clip.xyz.max((0, 1)) + clip.xyz.min((0, 1))) / 2 * [1, 0, 1]
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])

    def moved(points: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((points - middle) @ turn.T, np.float32)

    return replace(clip, xyz=moved(clip.xyz), extremities=None if clip.extremities is None else moved(clip.extremities))


def _write_video(clip: MotionClip, path: Path, seed: int) -> Pose3D:
    """Film a clip, and give its true pose in the camera frame.

    Args:
        clip: in the middle of the floor.
        path: of the video.
        seed: of dancer, room and camera.
    """
    rng = np.random.default_rng([seed, 43])
    lens = Camera.from_field_of_view(rng.uniform(*_VIEWS), _SIZES[rng.integers(len(_SIZES))])
    camera = replace(lens, assumed=False)
    place, time = place_camera(clip, camera, seed), np.arange(len(clip.xyz)) / clip.fps
    with VideoWriter(path, camera.size, clip.fps, crf=20) as video:
        for at, (picture, _) in zip(time, render(clip, camera, place, seed), strict=True):
            video.write(picture, float(at))
    return film_truth(clip, camera, place, time)[0]
