"""Pictures of a COCO keypoint set with everybody who is labelled in them, crowds included, for scoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.datasets.coco import image_file, joint_columns
from dance3d.io.json_files import read_json
from dance3d.metrics.coco_keypoints import LabelledPeople
from dance3d.skeleton import COCO17

Array = NDArray[np.float64]
BOX_AREA = 0.53
"""Of the box: a person's area where it is not given, as CrowdPose's own evaluation has it."""


@dataclass(frozen=True, eq=False)
class AnnotatedPicture:
    """A picture of a set.

    Attributes:
        path: of the image.
        people: labelled in it; perhaps nobody.
    """

    path: Path
    people: LabelledPeople


def read_people(path: Path, folder: Path | None = None) -> list[AnnotatedPicture]:
    """All pictures of a COCO keypoint set.

    Joints are told by the names of the annotation's category, in the usual spellings (``left_knee``, ``Left Knee``);
    joints that COCO has not, such as a neck, are left out. Categories without names of joints are no people.

    Args:
        path: the JSON.
        folder: of the images; where ``image_file`` looks if none is given.

    Raises:
        ValueError: it is no such set, a value of it is wrong, or an image is missing; the message has file, key and
            value.
    """
    index = read_json(path)
    if not isinstance(index, dict):
        raise ValueError(f"{path} is no COCO set: it holds a {type(index).__name__}, expected images and annotations")
    columns = {number: found for number, found in map(_category, _rows(path, index, "categories")) if found}
    if not columns:
        raise ValueError(f"{path}: categories: none has keypoints with names of ours, such as {COCO17.joints[5]!r}")
    images = _rows(path, index, "images")
    names = {_value(path, key, row, "id"): _value(path, key, row, "file_name") for key, row in images}
    people: dict[Any, list[tuple[Array, Array, float, bool]]] = {number: [] for number in names}
    for key, row in _rows(path, index, "annotations"):
        picture, category = _value(path, key, row, "image_id"), _value(path, key, row, "category_id")
        if picture not in people:
            raise ValueError(f"{path}: {key}.image_id is {picture!r}, which is the id of no image")
        if category in columns:
            people[picture].append(_person(path, key, row, columns[category]))
    return [AnnotatedPicture(image_file(path, str(name), folder), _together(people[at])) for at, name in names.items()]


def _category(given: tuple[str, Mapping[str, Any]]) -> tuple[Any, list[int | None]]:
    """A category's number, and of each of its joints the column of ``COCO17``; none at all if it is not of people."""
    _, row = given
    found = joint_columns(row) if isinstance(row.get("keypoints"), list) else []
    return row.get("id"), found if any(column is not None for column in found) else []


def _rows(path: Path, index: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = index.get(key)
    if not isinstance(rows, list):
        raise ValueError(f"{path} is no COCO set: {key} is {_short(rows)}, expected a list")
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ValueError(f"{path}: {key}[{at}] is {_short(row)}, expected an object")
    return [(f"{key}[{at}]", row) for at, row in enumerate(rows)]


def _value(path: Path, key: str, row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    if not isinstance(value, int | str):
        raise ValueError(f"{path}: {key}.{name} is {_short(value)}, expected a number or a name")
    return value


def _person(
    path: Path, key: str, row: Mapping[str, Any], columns: list[int | None]
) -> tuple[Array, Array, float, bool]:
    """Joints (17, 2), box (4,), area, and whether it is a crowd."""
    box = _numbers(path, f"{key}.bbox", row.get("bbox"), 4)
    if (box[2:] < 0).any():
        raise ValueError(f"{path}: {key}.bbox is {_short(row['bbox'])}, expected a width and height of 0 or more")
    given = row.get("area")
    area = BOX_AREA * float(box[2] * box[3]) if given is None else float(_numbers(path, f"{key}.area", [given], 1)[0])
    if area < 0:
        raise ValueError(f"{path}: {key}.area is {area:g}, expected 0 or more")
    joints = np.full((len(COCO17.joints), 2), np.nan)
    if row.get("keypoints"):
        points = _numbers(path, f"{key}.keypoints", row["keypoints"], 3 * len(columns)).reshape(-1, 3)
        for column, (x, y, labelled) in zip(columns, points, strict=True):
            if column is not None and labelled > 0:
                joints[column] = x, y
    return joints, np.concatenate([box[:2], box[:2] + box[2:]]), area, bool(row.get("iscrowd"))


def _numbers(path: Path, key: str, values: Any, count: int) -> Array:
    if not isinstance(values, list) or len(values) != count:
        given = f"{len(values)} values" if isinstance(values, list) else _short(values)
        raise ValueError(f"{path}: {key} is {given}, expected {count} numbers")
    for at, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
            raise ValueError(f"{path}: {key}[{at}] is {_short(value)}, expected a number")
    return np.array(values, np.float64)


def _together(people: list[tuple[Array, Array, float, bool]]) -> LabelledPeople:
    joints, boxes, area, crowd = zip(*people, strict=True) if people else ((), (), (), ())
    return LabelledPeople(
        np.array(joints, float).reshape(-1, len(COCO17.joints), 2), np.array(boxes, float).reshape(-1, 4),
        np.array(area, float), np.array(crowd, bool),
    )  # fmt: skip


def _short(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
