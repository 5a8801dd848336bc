"""The table of keypoint detectors, none of which is imported before it is used."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from dance3d import lazy_import

Float = NDArray[np.float64]
Image = NDArray[np.uint8]


class Detector(Protocol):
    """Finds the keypoints of everybody in a picture; may use the picture before.

    Attributes:
        layout: of its joints, a name of ``skeleton.RECIPES``.
    """

    layout: str

    def __enter__(self) -> Self:
        """Start."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Free nets and threads."""
        ...

    def __call__(self, image: Image) -> list[Float]:
        """Bodies in one picture.

        Args:
            image: (H, W, 3) RGB; the pictures of a video come in order.

        Returns:
            For each body (J, 3): x and y in pixels of this picture, also beyond its edges, and score 0..1.
        """
        ...


DETECTORS: dict[str, str] = {
    "mediapipe": "dance3d.stages.keypoints.detectors.blazepose:BlazePose",
    "own": "dance3d.stages.keypoints.detectors.keypoint_net:KeypointNetDetector",
    "mediapipe-tasks": "dance3d.stages.keypoints.detectors.mediapipe_tasks:PoseLandmarker",
    "rtmpose": "dance3d.stages.keypoints.detectors.rtmpose:RTMPose",
    "keypoint-rcnn": "dance3d.stages.keypoints.detectors.keypoint_rcnn:KeypointRCNN",
}
"""name -> ``module:class``, called with (model: path of a weights file or none, people: number of dancers or none) and
``fps``.

Modules are named in full, so that a detector's code counts in the cache key: see ``fingerprint``."""


def resolve(name: str) -> Any:
    """The class of a detector.

    Raises:
        ValueError: no such detector.
    """
    if name not in DETECTORS:
        raise ValueError(f"backend {name!r} is not known; choose from {', '.join(DETECTORS)}, file")
    return lazy_import.resolve(DETECTORS[name])
