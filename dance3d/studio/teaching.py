"""What the user teaches: labels of movements and classes of videos, kept as the files that ``dance3d train`` reads."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from dance3d.datasets import movement_labels
from dance3d.datasets.movement_labels import Label
from dance3d.io.file_hash import hash_file
from dance3d.movement_types import NAMES, PARTS
from dance3d.stages.motion.custom_types import read_types
from dance3d.studio.job_process import write
from dance3d.studio.workspace import Workspace, free_name, plain_name
from dance3d.tracks.edits import read_sheet

LABELS, TYPES, CLASSES = "labels.csv", "types.yaml", "classes.json"
ABOUT = "about.json"
REORDER = ("swap", "merge", "split")
"""Edits after which a number is another dancer's than in a new run."""
_LONGEST = 60  # letters of the name of a class; chosen, as of a dancer's name
_MOST = 10_000  # labels; chosen


class Stale(ValueError):
    """What the user has changed was changed meanwhile, in another tab or by a command."""


def labels_page(space: Workspace) -> dict[str, Any]:
    """The labels, and what tells them from those of another moment."""
    path = space.folder("own") / LABELS
    rows = [one._asdict() for one in _labels(path)]
    return {"labels": rows, "version": _version(path), "types": list(NAMES), "parts": list(PARTS)}


def save_labels(space: Workspace, rows: object, seen: object) -> str:
    """Put labels in place of those that are kept, with the file of the types that they add; their new version.

    Args:
        space: the studio's folder.
        rows: mappings of ``clip``, ``start``, ``stop`` and ``movement``.
        seen: version of the labels that the user has changed.

    Raises:
        Stale: they are others by now.
        ValueError: a label that is none; nothing is changed then.
    """
    path, types = space.folder("own") / LABELS, space.folder("own") / TYPES
    if seen != _version(path):
        raise Stale("the labels were changed in another tab; load the page again and repeat your last change")
    if not isinstance(rows, list) or len(rows) > _MOST or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"labels are a list of at most {_MOST} labels")
    labels = [_label(row) for row in rows]
    own = sorted({one.movement for one in labels} - set(NAMES))
    part, part_types = path.with_name(f".{LABELS}"), types.with_name(f".{TYPES}")
    try:
        if own:
            part_types.write_text(yaml.safe_dump({name: {"rule": "labels"} for name in own}), encoding="utf-8")
            read_types(part_types)
        movement_labels.write(labels, part)
        if labels:
            movement_labels.read(part, own)
    except ValueError as error:
        raise ValueError(str(error).replace(str(part_types), TYPES).replace(str(part), LABELS)) from error
    part.replace(path)
    part_types.replace(types) if own else types.unlink(missing_ok=True)
    return _version(path)


def _label(row: Mapping[str, Any]) -> Label:
    clip, movement, times = row.get("clip"), row.get("movement"), [row.get("start"), row.get("stop")]
    numbers = all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)
    if not isinstance(clip, str) or not isinstance(movement, str) or not (numbers or times == [None, None]):
        raise ValueError("a label has a clip, a movement, and start and stop in seconds or neither")
    start, stop = (None if time is None else float(time) for time in times)
    return Label(clip, start, stop, movement)


def _labels(path: Path) -> Sequence[Label]:
    """What a file of labels holds; a type of the user's own may have any name here."""
    if not path.is_file() or len(path.read_bytes().splitlines()) < 2:
        return ()
    types = path.with_name(TYPES)
    own = [one.name for one in read_types(types)] if types.is_file() else []
    return movement_labels.read(path, own)


def classes_of(space: Workspace) -> dict[str, str]:
    """The class of every video that the user has given one."""
    try:
        found = json.loads((space.folder("own") / CLASSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: found[name] for name in space.videos() if isinstance(found.get(name), str)}


def set_class(space: Workspace, video: object, name: object) -> None:
    """Say which dance a video shows.

    Args:
        space: the studio's folder.
        video: its name.
        name: of the dance; an empty one takes it back.

    Raises:
        ValueError: no such video, or a name that cannot be that of a folder.
    """
    space.video(video)
    if not isinstance(name, str) or len(name) > _LONGEST or not all(c.isalnum() or c in " _-" for c in name):
        raise ValueError("the name of a dance has letters, digits, spaces, - and _, at most 60")
    others = {one: kind for one, kind in classes_of(space).items() if one != video}
    more = {str(video): name.strip()} if name.strip() else {}
    write(space.folder("own") / CLASSES, json.dumps(others | more, ensure_ascii=False, indent=1))


def training(space: Workspace, stage: object, name: object, sharing: Sequence[str]) -> tuple[Path, list[str]]:
    """Prepare a training: a folder with all that it reads, which later changes do not touch, and its command.

    Args:
        space: the studio's folder.
        stage: ``motion``, from labels, or ``genre``, from classes.
        name: for the user.
        sharing: options by which commands share a cache.

    Returns:
        The folder, which gets the weights, and the words behind ``python -m``.

    Raises:
        ValueError: too little to learn from; nothing is left then.
    """
    if stage not in ("motion", "genre"):
        raise ValueError("a training is of motion or of genre")
    videos = _labelled(space) if stage == "motion" else classes_of(space)
    if stage == "genre" and len(set(videos.values())) < 2:
        raise ValueError("a classifier needs two dances or more: give videos their dances first")
    folder = free_name(space.folder("trained"), Path(plain_name(f"{name or stage}.mp4")).stem)
    for video, kind in videos.items():
        place = folder / "data" / kind / video
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(space.video(video), place)
        except OSError:  # of a file system without hard links
            shutil.copyfile(space.video(video), place)
    command = ["dance3d", "train", stage, "--data", str(folder / "data"), "--runs", str(folder / "runs"), *sharing]
    if stage == "motion":
        for file in (LABELS, TYPES):
            shutil.copyfile(space.folder("own") / file, folder / file)
        command += ["--types", str(folder / TYPES), "--labels", str(folder / LABELS)]
    write(folder / ABOUT, json.dumps({"stage": stage, "videos": len(videos)}))
    return folder, command


def _labelled(space: Workspace) -> dict[str, str]:
    """The videos that labels speak of.

    Raises:
        ValueError: there is no label of a movement of the user's own.
    """
    if not (space.folder("own") / TYPES).is_file():
        raise ValueError("nothing to learn yet: label a movement of your own in two clips at least")
    stems = {one.clip.rpartition("-person-")[0] or one.clip for one in _labels(space.folder("own") / LABELS)}
    stems |= {one.clip for one in _labels(space.folder("own") / LABELS)}
    videos = {video: "" for video in space.videos() if Path(video).stem in stems}
    for video in videos:
        sheet = read_sheet(space.folder("results") / Path(video).stem)
        if sheet and (done := [edit.action for edit in sheet.edits if edit.action in REORDER]):
            raise ValueError(
                f"{video}: its dancers were put right ({', '.join(done)}), but a training reads them as they were "
                "found first; take these edits back, or take its labels away"
            )
    return videos


def trained(space: Workspace) -> list[dict[str, Any]]:
    """Weights that were trained here and can be run with."""
    found = []
    for name in space.folders("trained"):
        folder = space.folder("trained") / name
        with suppress(OSError, ValueError):
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            if (folder / "weights.safetensors").is_file():
                found.append({"name": name, "stage": about["stage"], "videos": about["videos"]})
    return found


def run_with(space: Workspace, names: Sequence[object]) -> list[str]:
    """Options of ``dance3d run`` for weights that were trained here.

    Raises:
        ValueError: there are none of that name, or two of one stage.
    """
    stages = {one["name"]: one["stage"] for one in trained(space)}
    chosen = [(stages.get(str(name)), space.made("trained", name)) for name in names]
    if len({stage for stage, _ in chosen}) < len(chosen) or None in {stage for stage, _ in chosen}:
        raise ValueError("choose one training of movements and one of dances at most, which have ended well")
    words = []
    for stage, folder in chosen:
        words += ["--weights", f"{stage}={folder / 'weights.safetensors'}"]
        if stage == "motion":
            words += ["--set", f"motion.types={folder / TYPES}"]
    return words


def _version(path: Path) -> str:
    return hash_file(path) if path.is_file() else ""
