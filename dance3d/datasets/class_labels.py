"""A user's own classes: videos with a label each, from a folder per class or from a CSV, which may name the dancers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from dance3d.io.csv_text import numbered_rows, text_of
from dance3d.io.images import VIDEOS


class LabelledVideo(NamedTuple):
    """A video, its label, and who dances in it; empty where nobody says."""

    path: Path
    label: str
    dancer: str = ""


def read_labels(path: Path) -> list[LabelledVideo]:
    """Videos and their labels.

    Args:
        path: a folder that holds one folder of videos per class; or a CSV file with the columns ``path`` and ``label``,
            and perhaps ``dancer``, paths relative to the CSV's own folder or absolute.

    Returns:
        Each of them, sorted by label and path.

    Raises:
        ValueError: neither of the two; a video that does not exist or is listed twice; no label; fewer than two
            classes.
    """
    path = Path(path)
    if path.is_dir():
        found = _from_folder(path)
    elif path.is_file() and path.suffix.lower() == ".csv":
        found = _from_csv(path)
    else:
        raise ValueError(f"{path} is neither a folder with one folder of videos per class nor a .csv file")
    seen: dict[Path, str] = {}
    for video, label, _ in found:
        resolved = video.resolve()
        if resolved in seen:
            raise ValueError(f"{path}: {video} is listed twice, as {seen[resolved]!r} and as {label!r}")
        seen[resolved] = label
    classes = sorted({one.label for one in found})
    if len(classes) < 2:
        held = ", ".join(classes) or "none"
        raise ValueError(f"{path} holds these classes of videos: {held}; a classifier needs two or more")
    return sorted(found, key=lambda one: (one.label, one.path.as_posix()))


def _from_folder(folder: Path) -> list[LabelledVideo]:
    found = []
    for sub in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        videos = [p for p in sorted(sub.rglob("*")) if p.is_file() and p.suffix.lower() in VIDEOS]
        if not videos:
            raise ValueError(f"{sub} holds no video ({', '.join(VIDEOS)}); remove the folder or fill it")
        found += [LabelledVideo(video, sub.name) for video in videos]
    return found


def _from_csv(file: Path) -> list[LabelledVideo]:
    found = []
    try:
        table = list(numbered_rows(text_of(file.read_bytes())))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} cannot be read: {error}") from error
    columns = [name.strip().lower() for name in table[0][1]] if table else []
    if not {"path", "label"} <= set(columns):
        raise ValueError(f"{file} has the columns {columns}; expected path and label in its first line")
    for line, cells in table[1:]:
        row = dict(zip(columns, cells, strict=False))
        name, label = (row.get(key, "").strip() for key in ("path", "label"))
        if not name or not label:
            raise ValueError(f"{file}, line {line}: path {name!r} and label {label!r}, expected both")
        video = file.parent / name
        try:
            there = video.is_file()
        except OSError:  # a name that is longer than a file's may be
            there = False
        if not there:
            raise ValueError(f"{file}, line {line}: {video} is no file")
        found.append(LabelledVideo(video, label, row.get("dancer", "").strip()))
    return found
