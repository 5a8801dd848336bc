"""The table of keypoint detectors, none of which is imported before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dance3d import lazy_import

Float = NDArray[np.float64]
Image = NDArray[np.uint8]


class Detector(Protocol):
    """Finds the keypoints of everybody in a picture; may use the picture before.

    One with an attribute ``reads_parts`` that is true gets a ``Picture`` of ``dance3d.io.video.pictures`` in place of
    an array, so that no whole picture is turned into RGB.

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


@runtime_checkable
class ResumableDetector(Protocol):
    """A detector that can go on in the middle of a video: in another process, with the state that one like it had.

    Long work is kept piece by piece only with such a detector. One that looks at every picture by itself has a state
    without arrays; one whose state nobody can read, as that inside another's library, has neither method.
    """

    def state(self) -> dict[str, NDArray[Any]]:
        """All that its next answers depend on beside the pictures to come: to the bit, and no pickled objects."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Answer from here on as the detector whose state it is.

        Raises:
            ValueError: it is no such state; nothing is changed then.
        """
        ...


DETECTORS: dict[str, str] = {
    "movenet": "dance3d.stages.keypoints.detectors.movenet:MoveNet",
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
