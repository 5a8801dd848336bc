"""A user's own labelled videos as one training set: poses, movements and an index of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts

INDEX, POSES, MOVEMENTS = "index.json", "lift", "motion"


class Labelled(NamedTuple):
    """One video, its label, the poses and movements of its dancers, and who they are where somebody says."""

    name: str
    label: str
    poses: Sequence[Pose3D]
    movements: Sequence[Movements]
    dancer: str = ""


def write_examples(folder: Path, videos: Iterable[Labelled]) -> None:
    """Write ``index.json``, and aligned with it ``lift/0000.npz`` and ``motion/0000.npz``; all of it trains.

    Raises:
        ValueError: nobody is in any of the videos.
    """
    for name in (POSES, MOVEMENTS):
        (folder / name).mkdir()
    index: list[dict[str, Any]] = []
    number = -1
    for number, video in enumerate(videos):
        for pose, movements in zip(video.poses, video.movements, strict=True):
            artefacts.save(pose, folder / POSES / f"{len(index):04d}.npz")
            artefacts.save(movements, folder / MOVEMENTS / f"{len(index):04d}.npz")
            name = f"{number}-{video.name}"
            index.append(
                {"name": name, "group": video.dancer or name, "genre": video.label, "camera": 0, "split": "train"}
            )
    if not index:
        raise ValueError(f"nobody was found in any of {number + 1} videos")
    (folder / INDEX).write_text(json.dumps(index, indent=0))
