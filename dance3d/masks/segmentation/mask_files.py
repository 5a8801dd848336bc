"""Masks from files: a folder of pictures, or a ``Masks`` artefact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Masks
from dance3d.io import artefacts
from dance3d.io.images import read_mask
from dance3d.masks.segmentation.instances import enlarge

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")


@dataclass(frozen=True)
class Files:
    """Masks from disk, in order of names; scaled to the pictures' size.

    Attributes:
        path: a folder of grey pictures, white on the people, or an ``.npz`` with a ``Masks`` artefact.
        level: grey value, 0..255, from which a pixel belongs to a person.
    """

    path: Path | str = ""
    level: int = 128

    def __post_init__(self) -> None:
        path = Path(self.path)
        if not self.path or not (path.is_dir() or path.is_file()):
            raise ValueError(f"path of the masks is {str(self.path)!r}, expected a folder of pictures or an .npz file")
        if path.is_dir() and not self._pictures():
            raise ValueError(f"{path}: holds no mask ({', '.join(_SUFFIXES)})")

    def masks(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.bool_]]:
        """One mask (H, W) for each picture (H, W, 3).

        Raises:
            ValueError: a mask cannot be read, or there are fewer or more masks than pictures.
        """
        stored, count = self._read_masks(), 0
        for picture in pictures:
            mask = next(stored, None)
            if mask is None:
                raise ValueError(f"{self.path}: holds {count} masks, fewer than the clip has pictures")
            count += 1
            yield enlarge(mask, picture.shape)
        if next(stored, None) is not None:
            raise ValueError(f"{self.path}: holds more masks than the clip's {count} pictures")

    def _pictures(self) -> list[Path]:
        return sorted(p for p in Path(self.path).iterdir() if p.suffix.lower() in _SUFFIXES)

    def _read_masks(self) -> Iterator[NDArray[np.bool_]]:
        if Path(self.path).is_file():
            yield from artefacts.load(Path(self.path), Masks).mask
            return
        for path in self._pictures():
            yield read_mask(path, self.level)
