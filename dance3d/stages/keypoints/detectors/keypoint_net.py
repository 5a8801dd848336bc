"""The keypoint net that dance3d trains itself, on boxes of people whom MoveNet finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import H36M17
from dance3d.stages.inference_device import on_device
from dance3d.stages.keypoints.detectors.people_boxes import MoveNetBoxes
from dance3d.stages.keypoints.inference import cut, infer, load, to_picture
from dance3d.stages.stored_nets import kept_net

Float = NDArray[np.float64]
Image = NDArray[np.uint8]


class KeypointNetDetector:
    """Detects everybody's joints, picture by picture.

    Args:
        model: weights file (``dance3d train keypoints``).
        people: number of dancers; none where not known.
        mirrored: averages with the mirrored picture, which takes twice the time.
        fps: pictures per second.

    Raises:
        ValueError: no weights, or weights of another stage.
    """

    layout = H36M17.name

    def __init__(
        self, model: Path | None = None, people: int | None = None, mirrored: bool = True, *, fps: float = 30.0
    ) -> None:
        if model is None:
            raise ValueError("backend 'own' needs weights: make them with `dance3d train keypoints`")
        self._net, self._mirrored = on_device(kept_net(model, load)), mirrored
        self._boxes = MoveNetBoxes(people, fps)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._boxes.close()

    def state(self) -> dict[str, NDArray[Any]]:
        """As in ``detectors.ResumableDetector``."""
        return self._boxes.state()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """As in ``detectors.ResumableDetector``."""
        self._boxes.restore(state)

    def __call__(self, image: Image) -> list[Float]:
        """Joints of everybody, as in ``detectors.Detector``."""
        size = int(self._net.config["size"])
        cuts = [cut(image, box, size) for box in self._boxes(image)]
        if not cuts:
            return []
        found = infer(self._net, np.stack([picture for picture, _ in cuts]), self._mirrored)
        return [
            np.column_stack([to_picture(xy, matrix), score])
            for xy, score, (_, matrix) in zip(found.xy, found.score, cuts, strict=True)
        ]
