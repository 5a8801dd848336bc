"""The MediaPipe backend: BlazePose (full), whose models its wheel carries; one person per picture.

Source: Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020 (arXiv 2006.10204).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.io.chatter import plots_later, quiet
from dance3d.skeleton import SKELETONS

LAYOUT = "blazepose33"


class BlazePose:
    """Finds the most prominent person, and follows it from picture to picture.

    MediaPipe's own smoothing stays off, so that what comes out is what was seen in each picture.

    Raises:
        ValueError: MediaPipe is not installed.
    """

    layout = LAYOUT

    def __init__(self, model: Path | None = None, people: int | None = None) -> None:
        if find_spec("mediapipe") is None:
            raise ValueError(
                "backend 'mediapipe' needs the package mediapipe, which is not installed: "
                "pip install 'dance3d[mediapipe]' (Python 3.11 or 3.12), or read keypoints from a file"
            )
        self._mute = True
        with quiet():
            with plots_later():
                from mediapipe.python.solutions.pose import Pose
            self._pose: Any = Pose(model_complexity=1, smooth_landmarks=False, static_image_mode=False)
            self._pose.process(np.zeros((64, 64, 3), np.uint8))  # its threads have their say with the first picture

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pose.close()

    def __call__(self, image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Landmarks of the most prominent person, as in ``detectors.Detector``."""
        if self._mute:  # it has one more thing to say at the first person
            with quiet():
                found = self._pose.process(image).pose_landmarks
            self._mute = found is None
        else:
            found = self._pose.process(image).pose_landmarks
        if found is None:
            return []
        points = np.array([(p.x, p.y, p.visibility) for p in found.landmark])
        if points.shape != (len(SKELETONS[LAYOUT].joints), 3) or not np.isfinite(points).all():
            return []
        points[:, 2] = points[:, 2].clip(0, 1)
        points[:, :2] *= image.shape[1::-1]
        return [points]
