"""MediaPipe's landmarks as JSON: a list of frames, each a list of people, each 33 times x, y, z, visibility.

x and y are shares of the picture's width and height, as MediaPipe gives them. A landmark may also be a dictionary of
these four names, and a frame with one person may be its 33 landmarks.
"""

from __future__ import annotations

from typing import Any

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints
from dance3d.io.keypoint_files.source import Source
from dance3d.skeleton import BLAZEPOSE33

_COUNT = len(BLAZEPOSE33.joints)


def fits(source: Source) -> bool:
    """A list of frames of which the first body has 33 landmarks."""
    if not source.opens("[") or not isinstance(source.json, list):
        return False
    body = next((people[0] for people in map(_people, source.json) if people), None)
    return isinstance(body, list) and len(body) == _COUNT and _is_landmark(body[0])


def bodies(source: Source, said: FileHints) -> FileBodies:
    """Every frame's people.

    Raises:
        ValueError: the list is not built as above.
    """
    if not isinstance(source.json, list):
        raise ValueError(f"{source.path}: expected a list of frames")
    found = FileBodies(source.path)
    found.shares = True
    for number, frame in enumerate(source.json):
        found.frame(number)
        for person in _people(frame):
            try:
                points = [_landmark(landmark) for landmark in person] if isinstance(person, list) else []
            except ValueError as error:
                found.lose(f"frame {number}: {error}")
                continue
            if points:
                found.add(number, points)
            else:
                found.lose(f"frame {number}: a person is no list of landmarks")
    return found.laid_out(said, {_COUNT: BLAZEPOSE33.name})


def _people(frame: Any) -> list[Any]:
    """Of a frame that is a list of people, or of the landmarks of one person, or nothing."""
    if not isinstance(frame, list):
        return [] if frame is None else [frame]
    return [frame] if frame and _is_landmark(frame[0]) else frame


def _is_landmark(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], int | float))


def _landmark(value: Any) -> tuple[Any, Any, Any]:
    if isinstance(value, dict) and {"x", "y"} <= set(value):
        return value["x"], value["y"], value.get("visibility", 1.0)
    if isinstance(value, list) and len(value) == 4:
        return value[0], value[1], value[3]
    raise ValueError("a landmark is not x, y, z, visibility")
