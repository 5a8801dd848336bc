"""MediaPipe's pose landmarker, from a ``.task`` file: BlazePose of several people, in any release of MediaPipe.

Source: Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020 (arXiv 2006.10204).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.io.quiet_mediapipe import deferred_matplotlib, hidden_log_lines
from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints.detectors import requirements

MOST_PEOPLE = 8  # chosen: people to detect where their number is not known
EXTRA_PEOPLE = 1  # added to the number of dancers; MediaPipe also smooths a single pose, and does not smooth several


class PoseLandmarker:
    """Detects several people and tracks them.

    Args:
        model: a ``.task`` file, or the name of a fetched one: pose-landmarker-lite, -full or -heavy.
        people: number of dancers; none where not known.
        fps: pictures per second.

    Raises:
        ValueError: MediaPipe is not installed, the weights are not here, or the file is none for it.
    """

    layout = BLAZEPOSE33.name

    def __init__(self, model: Path | None = None, people: int | None = None, *, fps: float = 30.0) -> None:
        requirements.package("mediapipe-tasks")
        path = requirements.weights("mediapipe-tasks", model)
        with hidden_log_lines():
            with deferred_matplotlib():
                from mediapipe import Image, ImageFormat
                from mediapipe.tasks.python import BaseOptions
                from mediapipe.tasks.python.vision import PoseLandmarker as Landmarker
                from mediapipe.tasks.python.vision import PoseLandmarkerOptions, RunningMode
            options = PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(path)),
                running_mode=RunningMode.VIDEO,
                num_poses=MOST_PEOPLE if people is None else people + EXTRA_PEOPLE,
            )
            try:
                self._net: Any = Landmarker.create_from_options(options)
            except (RuntimeError, ValueError, OSError) as error:
                raise ValueError(f"{path} cannot be read as a pose landmarker of MediaPipe: {error}") from error
        self._wrap: Any = partial(Image, ImageFormat.SRGB)
        self._time, self._step, self._mute = 0, max(round(1000 / fps), 1), True  # milliseconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._net.close()

    def __call__(self, image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Landmarks of everybody, as in ``detectors.Detector``."""
        if self._mute:  # its nets write messages with the first person
            with hidden_log_lines():
                found = self._detect(image)
            self._mute = not found
        else:
            found = self._detect(image)
        bodies = []
        for landmarks in found:
            points = np.array([(p.x * image.shape[1], p.y * image.shape[0], p.visibility) for p in landmarks])
            if points.shape == (len(BLAZEPOSE33.joints), 3) and np.isfinite(points).all():
                points[:, 2] = points[:, 2].clip(0, 1)
                bodies.append(points)
        return bodies

    def _detect(self, image: NDArray[np.uint8]) -> list[Any]:
        self._time += self._step
        picture = self._wrap(data=np.ascontiguousarray(image))
        landmarks: list[Any] = self._net.detect_for_video(picture, self._time).pose_landmarks
        return landmarks
