"""COCO's JSON: a list of results (as AlphaPose and most detectors write it), or a data set with annotations.

Keys: cocodataset.org, "Data format" and "Results format"; AlphaPose, docs/output.md; orders of 26 and 136 points:
Halpe-FullBody; of 133: COCO-WholeBody.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from dance3d.io.keypoint_files.bodies import FileBodies, FileHints, numbers
from dance3d.io.keypoint_files.source import Source, number_of

LAYOUTS = {17: "coco17", 26: "halpe26", 136: "halpe26", 133: "wholebody23"}
_PERSON = ("idx", "track_id")


def fits_results(source: Source) -> bool:
    """A list of bodies with their images."""
    found = source.json if source.opens("[") else None
    first = found[0] if isinstance(found, list) and found else None
    return isinstance(first, dict) and {"image_id", "keypoints"} <= set(first)


def results(source: Source, said: FileHints) -> FileBodies:
    """A list of bodies: ``image_id`` (number, or name of a file with one), ``keypoints``, who it is where tracked.

    Raises:
        ValueError: no such list.
    """
    if not isinstance(source.json, list):
        raise ValueError(f"{source.path}: expected a list of bodies with image_id and keypoints")
    found = FileBodies(source.path)
    for body in source.json:
        if not isinstance(body, dict) or not {"image_id", "keypoints"} <= set(body):
            found.lose("a body has no image_id, or no keypoints")
            continue
        try:
            frame = number_of(body["image_id"])
        except ValueError as error:
            found.lose(str(error))
            continue
        found.add(frame, body["keypoints"], _who(body))
    return found.laid_out(said, LAYOUTS)


def fits_data_set(source: Source) -> bool:
    """A data set with images and annotations."""
    found = source.json if source.opens("{") else None
    return isinstance(found, dict) and {"images", "annotations"} <= set(found)


def data_set(source: Source, said: FileHints) -> FileBodies:
    """A data set: its images, in order of their names, are the frames; joints are named by the category, if it does.

    Raises:
        ValueError: no such data set, or annotations of images that are not there.
    """
    data = source.json if isinstance(source.json, dict) else {}
    images, marked = (_dicts(data.get(key), source, key) for key in ("images", "annotations"))
    found = FileBodies(source.path)
    order = sorted(images, key=lambda image: (_natural(image.get("file_name")), _natural(image.get("id"))))
    frames = {_key(image.get("id")): frame for frame, image in enumerate(order)}
    if len(frames) < len(images):
        raise ValueError(f"{source.path}: two images have one id")
    if frames:
        found.frame(len(frames) - 1)
        found.frame(0)
    sizes = {(_key(image.get("width")), _key(image.get("height"))) for image in images}
    if len(sizes) == 1 and all(isinstance(side, int) and 0 < side < 10**6 for side in next(iter(sizes))):
        (found.size,) = sizes
    categories = set()
    for body in marked:
        if "keypoints" not in body or body.get("iscrowd"):
            continue
        frame = frames.get(_key(body.get("image_id")))
        if frame is None:
            found.lose("an annotation is of an image that is not among the images")
            continue
        try:
            flat = numbers(body["keypoints"], f"frame {frame}")
        except ValueError as error:
            found.lose(str(error))
            continue
        if flat.ndim != 1 or flat.size % 3:
            found.lose(f"frame {frame}: expected keypoints as x, y, v, x, y, v ...")
            continue
        points = flat.reshape(-1, 3)
        points[~(points[:, 2] > 0)] = 0  # v: 0 not marked, 1 marked though hidden, 2 marked
        points[:, 2] = np.minimum(points[:, 2], 2) / 2
        found.add(frame, points, _who(body))
        categories.add(_key(body.get("category_id")))
    names = [c["keypoints"] for c in _dicts(data.get("categories", []), source, "categories") if _names(c)
             and _key(c.get("id")) in categories]  # fmt: skip
    if names and all(one == names[0] for one in names) and len(names[0]) == found.joints:
        return found.named(names[0], said)
    return found.laid_out(said, LAYOUTS)


def _who(body: dict[str, Any]) -> Any:
    return next((body[key] for key in _PERSON if key in body), None)


def _names(category: dict[str, Any]) -> bool:
    names = category.get("keypoints")
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)


def _dicts(value: Any, source: Source, key: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{source.path}: {key} is no list of dictionaries")
    return value


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else None


def _natural(name: Any) -> list[tuple[int, int, str]]:
    """Sorts ``img2`` before ``img10``."""
    parts = re.split(r"(\d{1,18})", str(name)[:300]) if isinstance(name, int | str) else []
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
