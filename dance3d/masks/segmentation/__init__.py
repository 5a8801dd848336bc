"""Segmentation: masks of the people in a video, without labels; several methods behind one interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dance3d import lazy_import
from dance3d.masks.segmentation.instances import follow, people

__all__ = ["METHODS", "Foreground", "follow", "foreground", "people"]

METHODS = {
    "selfie": "dance3d.masks.segmentation.selfie:Selfie",
    "mog2": "dance3d.masks.segmentation.mog2:Mog2",
    "grabcut": "dance3d.masks.segmentation.grabcut:GrabCut",
    "chroma": "dance3d.masks.segmentation.chroma_key:Chroma",
    "files": "dance3d.masks.segmentation.mask_files:Files",
}


class Foreground(Protocol):
    """A method that separates people from the background."""

    def masks(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.bool_]]:
        """One mask for each picture, in order.

        Args:
            pictures: (H, W, 3) RGB each.

        Yields:
            (H, W), true on every person; all false if there is nobody.
        """
        ...


def foreground(method: str = "auto", **settings: Any) -> Foreground:
    """Make a method by its name.

    Args:
        method: a name of ``METHODS``, or ``auto``: the best for any video, ``selfie``.
        settings: of the method, by name.

    Raises:
        ValueError: no such method or setting, or a value that the method refuses.
    """
    if method == "auto":
        method = "selfie"
    if method not in METHODS:
        raise ValueError(f"foreground {method!r} is not known; choose from auto, {', '.join(METHODS)}")
    kind = lazy_import.resolve(METHODS[method])
    known = [field.name for field in fields(kind) if field.init]
    if unknown := [key for key in settings if key not in known]:
        raise ValueError(f"foreground {method!r} has no setting {unknown[0]!r}; choose from {', '.join(known)}")
    method_object: Foreground = kind(**settings)
    return method_object
