"""OpenPose's ``--write_json``: a folder of one file a frame; and AlphaPose's JSON in OpenPose's layout.

Keys and orders: OpenPose, doc/02_output.md. Pose2Sim, Sports2D and rtmlib write the same under other names, with 26
joints of Halpe-FullBody too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dance3d.io.keypoint_files.bodies import MOST_FRAMES, FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source, number_of

LAYOUTS = {25: "body25", 18: "coco18", 26: "halpe26", 133: "wholebody23", 136: "halpe26"}
_PEOPLE = ("people", "bodies")
_POINTS = ("pose_keypoints_2d", "pose_keypoints", "joints")
_LOOKED_AT = 5  # files of a folder, chosen: the first may be damaged


def fits(source: Source) -> bool:
    """A folder of such files, one of them, or a dictionary of such frames by image."""
    if source.path.is_dir():
        first = list(source.numbered_json.values())[:_LOOKED_AT]
        return any(_is_frame(Source(path).json_or_none) for path in first)
    if not source.opens("{") or not isinstance(source.json, dict):
        return False
    return _is_frame(source.json) or _is_frame(next(iter(source.json.values()), None))


def bodies(source: Source, said: FileHints) -> FileBodies:
    """Every frame's people.

    Raises:
        ValueError: files have no number, two have one number, or most people are not as OpenPose has them.
    """
    found = FileBodies(source.path)
    for number, frame in _frames(source, found):
        found.frame(number)
        people = next((frame[key] for key in _PEOPLE if key in frame), None) if isinstance(frame, dict) else None
        if not isinstance(people, list):
            found.lose(f"frame {number}: has no list of people")
            continue
        for person in people:
            points = next((person[key] for key in _POINTS if key in person), None) if isinstance(person, dict) else None
            if not isinstance(points, list):
                found.lose(f"frame {number}: a person has no {_POINTS[0]}")
            elif points:  # none where a hand or a face was found alone
                found.add(number, points, person.get("person_id"))
    return found.laid_out(said, LAYOUTS)


def _is_frame(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(value.get(key), list) for key in _PEOPLE)


def _frames(source: Source, found: FileBodies) -> Iterator[tuple[int, Any]]:
    if source.path.is_dir():
        files = source.numbered_json
        if not 0 < len(files) <= MOST_FRAMES:
            raise ValueError(
                f"{source.path}: holds {len(files)} numbered JSON files, expected 1 to {MOST_FRAMES}, such as "
                "clip_000000000012_keypoints.json or 12.json"
            )
        for number, path in files.items():
            try:
                yield number, Source(path).json
            except ValueError as error:
                found.frame(number)
                found.lose(f"frame {number}: {error}")
    elif not isinstance(source.json, dict):
        raise ValueError(f"{source.path}: expected a dictionary with people")
    elif _is_frame(source.json):
        yield 0, source.json
    else:
        numbers: dict[int, str] = {}
        for name in source.json:
            try:
                number = number_of(name)
            except ValueError as error:
                found.lose(str(error))
                continue
            if (other := numbers.setdefault(number, name)) != name:
                raise ValueError(f"{source.path}: {other[:60]!r} and {name[:60]!r} are both frame {number}")
        yield from ((number, source.json[numbers[number]]) for number in sorted(numbers))
