"""Folders of images with or without masks: one view with an assumed camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dance3d.contracts.footage import Moment
from dance3d.io.images import IMAGES, FilePictures, Masker, assumed_lens, files, read_mask, read_picture, with_masks

_PICTURES, _MASKS, _SUFFIX = ("rgb", "images"), ("mask", "masks"), "_mask"


def image_moments(
    folder: Path, masker: Masker | None = None, every: int = 1, split: str | None = None
) -> Iterator[Moment]:
    """The images of a folder, in the order of their names.

    Layouts: ``rgb/NAME.png`` with ``mask/NAME.png``, or with ``mask/PERSON/NAME.png`` for several people, each with
    their own moments; or ``NAME.jpg`` beside ``NAME_mask.png``; or images alone, with a ``masker``. A picture
    without a mask has nobody in it.

    Args:
        folder: as above.
        masker: finds the person in the pictures, and replaces the folder's own masks.
        every: uses every n-th picture.
        split: ``train`` if none is given.

    Raises:
        ValueError: no image in the folder, no mask and no masker, or a mask of another size than its picture.
    """
    pictures, people = _layout(folder)
    if not pictures:
        raise ValueError(f"{folder} holds no image ({', '.join(IMAGES)})")
    pictures = pictures[::every]
    if masker is not None:
        for number, (picture, mask) in enumerate(with_masks(FilePictures(tuple(pictures)), masker)):
            lens = assumed_lens(picture)
            yield Moment(folder.name, folder.name, split or "train", number * every, (picture,), (mask,), (lens,))
        return
    if not people:
        raise ValueError(f"{folder} holds images without masks: say how to find the person, such as --foreground auto")
    for person, masks in people.items():
        name = f"{folder.name}-{person}" if person else folder.name
        for number, path in enumerate(pictures):
            picture = read_picture(path)
            mask = read_mask(masks[path.stem]) if path.stem in masks else np.zeros(picture.shape[:2], bool)
            if mask.shape != picture.shape[:2]:
                raise ValueError(f"{masks[path.stem]} has shape {mask.shape}, its picture {picture.shape[:2]}")
            yield Moment(
                name, folder.name, split or "train", number * every, (picture,), (mask,), (assumed_lens(picture),)
            )


def _layout(folder: Path) -> tuple[list[Path], dict[str, dict[str, Path]]]:
    """The pictures, and for every person the mask files by picture name."""
    inner = next((folder / name for name in _PICTURES if (folder / name).is_dir()), folder)
    found = files(inner, IMAGES)
    pictures = [path for path in found if not path.stem.endswith(_SUFFIX)]
    beside = {path.stem.removesuffix(_SUFFIX): path for path in found if path.stem.endswith(_SUFFIX)}
    if beside:
        return pictures, {"": beside}
    masks = next((folder / name for name in _MASKS if (folder / name).is_dir()), None)
    if masks is None:
        return pictures, {}
    people = {"": files(masks, IMAGES)} | {p.name: files(p, IMAGES) for p in sorted(masks.iterdir()) if p.is_dir()}
    return pictures, {person: {path.stem: path for path in paths} for person, paths in people.items() if paths}


def is_image_folder(folder: Path) -> bool:
    """Whether a folder holds images in one of the layouts."""
    return folder.is_dir() and bool(_layout(folder)[0])
