"""Pictures of videos and image files, one at a time; masks of files; lenses that are assumed.

Segmentation may need several passes over a clip that does not fit into memory, so a clip is an iterable that can be
iterated several times, never a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from dance3d.contracts import Camera
from dance3d.contracts.arrays import Image, Mask
from dance3d.contracts.camera import Lens
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.io.video.reader import VideoReader

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
VIDEOS = tuple(
    f".{end}" for end in "mp4 mov m4v mkv webm avi mpg mpeg m2v vob wmv asf ts mts m2ts 3gp 3g2 flv f4v ogv mxf".split()
)
"""Names by which videos in a folder are known; a file that is named by itself is known by its content."""

Masker = Callable[[Iterable[Image]], Iterable[Mask]]
"""Finds the person in every picture of one clip: pictures (H, W, 3), RGB, to as many masks (H, W)."""


@dataclass(frozen=True)
class VideoPictures:
    """Every so many-th picture of a video, (H, W, 3) RGB, decoded anew for every pass."""

    path: Path
    every: int = 1

    def __iter__(self) -> Iterator[Image]:
        with VideoReader(self.path) as reader:
            for frame in reader:
                if frame.index % self.every == 0:
                    yield frame.image


@dataclass(frozen=True)
class FilePictures:
    """Pictures of files, (H, W, 3) RGB, read anew for every pass."""

    paths: tuple[Path, ...]

    def __iter__(self) -> Iterator[Image]:
        return map(read_picture, self.paths)


def with_masks(pictures: Iterable[Image], masker: Masker) -> Iterator[tuple[Image, Mask]]:
    """Every picture of a clip beside its mask, neither held for longer than one step.

    Args:
        pictures: of one clip, to be iterated over at least twice.
        masker: finds the person.

    Raises:
        ValueError: the masker gives more or fewer masks than there are pictures.
    """
    return zip(pictures, masker(pictures), strict=True)


def read_picture(path: Path) -> Image:
    """(H, W, 3) RGB of an image file.

    Raises:
        ValueError: the file is no image.
    """
    return np.asarray(cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def read_mask(path: Path, level: int | None = None) -> Mask:
    """(H, W) true on the person, of an image file.

    Args:
        path: of the file.
        level: grey value, 0..255, from which a pixel is the person's. If none is given: 1 in a mask whose largest
            value is below 128, since it holds labels; 128 in any other.

    Raises:
        ValueError: the file is no image.
    """
    grey = _decode(path, cv2.IMREAD_GRAYSCALE)
    if level is None:
        level = 128 if grey.max() >= 128 else 1
    return np.asarray(grey >= level)


def _decode(path: Path, flags: int) -> Image:
    data = np.frombuffer(path.read_bytes(), np.uint8)  # not cv2.imread: it cannot open every name on every system
    image = cv2.imdecode(data, flags) if data.size else None
    if image is None:
        raise ValueError(f"{path} cannot be read as an image")
    return np.asarray(image, np.uint8)


def assumed_lens(image: Image) -> Lens:
    """A camera for a picture (H, W, 3) whose own is not known: its frame is the world, its field of view a guess."""
    height, width = image.shape[:2]
    camera = Camera.from_field_of_view(ASSUMED_FIELD_OF_VIEW, (width, height))
    (x, y), focal = camera.centre, camera.focal
    return Lens(np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]]), np.eye(3, 4), np.zeros(0))


def files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Files of a folder with one of the suffixes, in the order a reader counts: 2 before 10."""
    found = (p for p in folder.iterdir() if p.suffix.lower() in suffixes and p.is_file() and p.name[0] != ".")
    return sorted(found, key=lambda p: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", p.name)])
