"""A training set on disk: true motion filmed by random cameras, with an index that says what may train."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dance3d.contracts import MotionClip
from dance3d.io import artefacts
from dance3d.io.mocap import is_held_out, load_motion
from dance3d.synth.choreography import GENRES, choreograph
from dance3d.synth.film import film

INDEX, TRUTH, KEYPOINTS = "index.json", "truth", "keypoints"
VAL_EVERY = 7
"""One group of so many is for validation."""


def motion(source: str, clips: int, seconds: float) -> list[MotionClip]:
    """The takes of a folder of motion capture, or of the synthetic dancer.

    Args:
        source: ``synth``, or a folder as ``io.mocap`` reads it.
        clips: synthetic takes per genre.
        seconds: length of a synthetic take.
    """
    if source != "synth":
        return load_motion(Path(source))
    return [
        choreograph(genre, seconds, seed * len(GENRES) + n) for n, genre in enumerate(GENRES) for seed in range(clips)
    ]


def splits(takes: Sequence[MotionClip]) -> dict[str, str]:
    """Split of each take by name: held-out names test, every seventh other group validates, the rest trains."""
    groups: dict[str, list[str]] = {}
    for take in takes:
        if not is_held_out(take.name):
            groups.setdefault(take.genre, [])
            if take.group not in groups[take.genre]:
                groups[take.genre].append(take.group)
    val = {group for names in groups.values() for group in sorted(names)[VAL_EVERY // 2 :: VAL_EVERY]}
    return {t.name: "test" if is_held_out(t.name) else "val" if t.group in val else "train" for t in takes}


def write_films(
    folder: Path, source: str, clips: int, seconds: float, cameras: int, noise_px: float, missing: float, seed: int
) -> None:
    """Write ``index.json``, ``truth/0000.npz`` (Pose3D) and ``keypoints/0000.npz`` (Keypoints2D), aligned.

    Args:
        folder: an empty folder.
        source: as in ``motion``.
        clips: as in ``motion``.
        seconds: as in ``motion``.
        cameras: random cameras per take.
        noise_px: largest standard deviation of the keypoints' noise, pixels.
        missing: share of keypoints lost.
        seed: of cameras and noise.
    """
    takes = motion(source, clips, seconds)
    split = splits(takes)
    for name in (TRUTH, KEYPOINTS):
        (folder / name).mkdir()
    index = []
    for number, shot in enumerate(film(takes, noise_px, seed, "random", cameras, missing)):
        artefacts.save(shot.truth, folder / TRUTH / f"{number:04d}.npz")
        artefacts.save(shot.keypoints, folder / KEYPOINTS / f"{number:04d}.npz")
        line = {"name": shot.name, "group": shot.group, "genre": shot.genre, "camera": shot.camera}
        index.append(line | {"split": split[shot.name]})
    (folder / INDEX).write_text(json.dumps(index, indent=0))
