"""COCO data sets: images with outlines and perhaps keypoints of people, each person as one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.footage import Moment
from dance3d.io.images import assumed_lens, read_picture
from dance3d.io.json_files import read_json
from dance3d.io.keypoint_files.names import joint_of
from dance3d.skeleton import COCO17, to_h36m17

_COLUMNS = "columns"  # of the people's joints, added to their annotations
_FRACTION = 4  # fractional bits of a polygon's corners when drawn


def annotation_file(source: Path) -> Path | None:
    """The JSON: the file itself, or the only one in a folder and its ``annotations``; none if there are several."""
    if source.is_file():
        return source if source.suffix.lower() == ".json" else None
    found = [path for folder in (source, source / "annotations") for path in sorted(folder.glob("*.json"))]
    return found[0] if len(found) == 1 else None


def coco_moments(source: Path, every: int = 1, split: str | None = None) -> Iterator[Moment]:
    """Every person of a COCO set in one view with an assumed camera; the people of an image are one group.

    Crowds, whose outline is of many people, are left out. The mask of a person with keypoints but no outline is the
    box.

    Args:
        source: the JSON, or a folder that holds one. Images lie beside it, in ``images``, or in a folder of its name's
            last part beside the JSON's folder (``val2017`` for ``annotations/instances_val2017.json``).
        every: uses every n-th image.
        split: ``train`` if none is given.

    Raises:
        ValueError: no such JSON, an image is missing, or an annotation that cannot be read.
    """
    for number, name, picture, outlines in coco_images(source, every):
        lens = assumed_lens(picture)
        for outline in outlines:
            try:
                mask, joints = _mask(outline, picture.shape[:2]), coco_joints(outline)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                raise ValueError(f"{source}: annotation {outline.get('id')} cannot be read: {error}") from error
            yield Moment(
                f"{name}-{outline['id']}", name, split or "train", number, (picture,), (mask,), (lens,),
                joints=None if joints is None else (joints,),
            )  # fmt: skip


def coco_images(source: Path, every: int = 1) -> Iterator[tuple[int, str, Image, list[dict[str, Any]]]]:
    """Every image of a COCO set that shows people: its number, its name, the picture, and the people's annotations.

    Arguments and errors as of ``coco_moments``.
    """
    path = annotation_file(source)
    if path is None:
        raise ValueError(f"{source} holds no JSON, or several: name one")
    index = read_json(path)
    if not isinstance(index, dict) or not {"images", "annotations", "categories"} <= set(index):
        raise ValueError(f"{path} is no COCO set: it lacks images, annotations or categories")
    try:
        found = list(_people(index))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no COCO set, or is damaged: {type(error).__name__} {error}") from error
    for number, name, outlines in found[::every]:
        if outlines:
            yield number, Path(name).stem, read_picture(image_file(path, name)), outlines


def _people(index: dict[str, Any]) -> Iterator[tuple[int, str, list[dict[str, Any]]]]:
    """Number and file of every image, and the annotations of the people in it."""
    people = {c["id"]: joint_columns(c) for c in index["categories"] if c["name"] == "person"}
    by_image: dict[int, list[dict[str, Any]]] = {}
    for outline in index["annotations"]:
        if (category := outline["category_id"]) in people and not outline.get("iscrowd"):
            given = {"id": outline["id"], **outline, _COLUMNS: people[category]}
            by_image.setdefault(outline["image_id"], []).append(given)
    for number, image in enumerate(index["images"]):
        outlines = by_image.get(image["id"], [])
        yield number, str(image["file_name"]) if outlines else "", outlines


def joint_columns(category: Mapping[str, Any]) -> list[int | None]:
    """Of each of a category's joints the column of ``COCO17``, by the usual spellings of its name.

    None for joints that COCO has not, such as a neck; COCO's own joints where the category names none.
    """
    names = category.get("keypoints")
    return [_column(str(name)) for name in names] if isinstance(names, list) and names else [*range(len(COCO17.joints))]


def _column(name: str) -> int | None:
    joint = name if name in COCO17.joints else joint_of(name)
    return COCO17.index(joint) if joint in COCO17.joints else None


def coco_joints(annotation: dict[str, Any]) -> NDArray[np.float64] | None:
    """(17, 3) joints of ``H36M17``: x and y in pixels, 2 visible, 1 occluded; NaN if not labelled. None without labels.

    Joints that COCO lacks, such as the pelvis, are computed from others, and occluded where one of these is.

    Raises:
        ValueError: a wrong count of numbers.
    """
    given = np.asarray(annotation.get("keypoints") or [], np.float64)
    if not given.size or not annotation.get("num_keypoints", 1):
        return None
    columns = annotation.get(_COLUMNS) or joint_columns({})
    if given.size != 3 * len(columns):
        raise ValueError(f"{given.size} numbers of keypoints, expected {3 * len(columns)}")
    points = np.full((len(COCO17.joints), 3), np.nan)
    for column, row in zip(columns, given.reshape(-1, 3), strict=True):
        if column is not None and row[2] > 0:
            points[column] = row
    xy, flag = to_h36m17(points[:, :2], np.nan_to_num(points[:, 2]), COCO17.name)
    joints = np.column_stack([xy, flag]).astype(np.float64)
    joints[~np.isfinite(xy).all(-1)] = np.nan
    return joints


def _mask(annotation: dict[str, Any], shape: tuple[int, int]) -> Mask:
    if annotation.get("segmentation") or not annotation.get("keypoints"):
        return outline_mask(annotation["segmentation"], shape)
    left, top, wide, high = annotation["bbox"]
    return outline_mask([[left, top, left + wide, top, left + wide, top + high, left, top + high]], shape)


def image_file(path: Path, name: str, folder: Path | None = None) -> Path:
    """Where an image of a COCO set lies: in a folder, or where ``coco_moments`` says if none is given.

    Args:
        path: the set's JSON.
        name: of the image, as the JSON has it.
        folder: of the images.

    Raises:
        ValueError: it is in none of the folders, or names a place outside.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{path} names an image outside its folder: {name}")
    beside = (path.parent, path.parent / "images", path.parent.parent / path.stem.split("_")[-1])
    folders = beside if folder is None else (folder,)
    for place in folders:
        if (place / name).is_file():
            return place / name
    raise ValueError(f"{path} names the image {name}, which is in none of {', '.join(map(str, folders))}")


def outline_mask(outline: Any, shape: tuple[int, int]) -> Mask:
    """(H, W) mask of a segmentation: a list of polygons, or run lengths, plain or compressed.

    Raises:
        ValueError: run lengths that do not match the picture.
    """
    if isinstance(outline, list):
        canvas = np.zeros(shape, np.uint8)
        for polygon in outline:
            # COCO's origin is the picture's corner, OpenCV's the centre of the first pixel.
            corners = (np.asarray(polygon, np.float64).reshape(-1, 1, 2) - 0.5) * 2**_FRACTION
            cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], (1,), shift=_FRACTION)
        return canvas > 0
    runs = outline["counts"]
    lengths = _decompress(runs) if isinstance(runs, str) else np.asarray(runs, np.int64)
    if tuple(outline["size"]) != tuple(shape) or lengths.sum() != shape[0] * shape[1] or (lengths < 0).any():
        raise ValueError(f"run lengths of a {outline['size']} mask, whose sum is {lengths.sum()}, in a {shape} picture")
    values = np.arange(len(lengths)) % 2 == 1
    return np.asarray(np.repeat(values, lengths).reshape(shape[::-1]).T)  # runs are by columns


def _decompress(text: str) -> NDArray[np.int64]:
    """Run lengths from COCO's text: five bits per letter, low first; from the fourth, differences to two before."""
    lengths: list[int] = []
    value, bits = 0, 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64:
            raise ValueError(f"run lengths hold the letter {letter!r}")
        value |= (code & 31) << bits
        bits += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << bits
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value, bits = 0, 0
    return np.asarray(lengths, np.int64)
