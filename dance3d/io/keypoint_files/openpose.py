"""OpenPose's ``--write_json``: one file a frame, named by its number; and AlphaPose's JSON in OpenPose's layout.

Keys and orders: OpenPose, doc/02_output.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dance3d.io.keypoint_files.bodies import MOST_FRAMES, FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source, number_of

LAYOUTS = {25: "body25", 18: "coco18"}
_PEOPLE = ("people", "bodies")
_POINTS = ("pose_keypoints_2d", "pose_keypoints", "joints")
_NAME = re.compile(r"(\d{1,18})_keypoints\.json")


def fits(source: Source) -> bool:
    """A folder of such files, one of them, or a dictionary of such frames by image."""
    if source.path.is_dir():
        return next(source.path.glob("*_keypoints.json"), None) is not None
    if not source.opens("{") or not isinstance(source.json, dict):
        return False
    first = next(iter(source.json.values()), None)
    return _is_frame(source.json) or (isinstance(first, dict) and _is_frame(first))


def bodies(source: Source, said: FileHints) -> FileBodies:
    """Every frame's people.

    Raises:
        ValueError: a file cannot be read or has no number, two have one number, or people are not as OpenPose has them.
    """
    found = FileBodies(source.path)
    for number, frame in _frames(source):
        found.frame(number)
        people = next((frame[key] for key in _PEOPLE if key in frame), None) if isinstance(frame, dict) else None
        if not isinstance(people, list):
            raise ValueError(f"{source.path}, frame {number}: has no list of people")
        for person in people:
            points = next((person[key] for key in _POINTS if key in person), None) if isinstance(person, dict) else None
            if not isinstance(points, list):
                raise ValueError(f"{source.path}, frame {number}: a person has no {_POINTS[0]}")
            found.add(number, points, person.get("person_id"))
    return found.laid_out(said, LAYOUTS)


def _is_frame(value: dict[Any, Any]) -> bool:
    return any(isinstance(value.get(key), list) for key in _PEOPLE)


def _frames(source: Source) -> Iterator[tuple[int, Any]]:
    if not source.path.is_dir():
        if not isinstance(source.json, dict):
            raise ValueError(f"{source.path}: expected a dictionary with people")
        if _is_frame(source.json):
            yield 0, source.json
            return
        yield from _numbered({name: number_of(name, source.path) for name in source.json}, source.json, source.path)
        return
    files = {path.name: path for path in source.path.iterdir() if path.name.endswith("_keypoints.json")}
    if not 0 < len(files) <= MOST_FRAMES:
        raise ValueError(f"{source.path}: holds {len(files)} files *_keypoints.json, expected 1 to {MOST_FRAMES}")
    numbers = {}
    for name in sorted(files):
        match = _NAME.search(name)
        if match is None:
            raise ValueError(f"{files[name]}: has no frame number before _keypoints.json")
        numbers[name] = int(match[1])
    for number, path in _numbered(numbers, files, source.path):
        yield number, Source(path).json


def _numbered(numbers: dict[str, int], values: dict[str, Any], path: Path) -> Iterator[tuple[int, Any]]:
    """Values in order of their numbers, which may not occur twice."""
    taken: dict[int, str] = {}
    for name in sorted(numbers, key=lambda name: numbers[name]):
        if (other := taken.setdefault(numbers[name], name)) != name:
            raise ValueError(f"{path}: {other[:60]!r} and {name[:60]!r} are both frame {numbers[name]}")
        yield numbers[name], values[name]
