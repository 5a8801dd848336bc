"""The MediaPipe backend: BlazePose (full), whose models its wheel carries; one person per picture.

Source: Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020 (arXiv 2006.10204).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import SKELETONS

LAYOUT = "blazepose33"


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what C++ code writes to the process's stderr; passed on after all if the block raises."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all, as in some services
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class BlazePose:
    """Finds the most prominent person, and follows it from picture to picture.

    MediaPipe's own smoothing stays off, so that what comes out is what was seen in each picture.

    Raises:
        ValueError: MediaPipe is not installed.
    """

    def __init__(self) -> None:
        if find_spec("mediapipe") is None:
            raise ValueError(
                "backend 'mediapipe' needs the package mediapipe, which is not installed: "
                "pip install 'dance3d[mediapipe]' (Python 3.11 or 3.12), or read keypoints from a file"
            )
        self._fresh = True
        with quiet():
            from mediapipe.python.solutions.pose import Pose

            self._pose: Any = Pose(model_complexity=1, smooth_landmarks=False, static_image_mode=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pose.close()

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Landmarks of one picture.

        Args:
            image: (H, W, 3) RGB.

        Returns:
            (33, 3): x and y as shares of width and height (beyond 0..1 where outside the picture), and visibility
            0..1; or none where nobody is found.
        """
        if self._fresh:  # the graph's threads speak once more when they see the first picture
            with quiet():
                found = self._pose.process(image).pose_landmarks
            self._fresh = False
        else:
            found = self._pose.process(image).pose_landmarks
        if found is None:
            return None
        points = np.array([(p.x, p.y, p.visibility) for p in found.landmark])
        if points.shape != (len(SKELETONS[LAYOUT].joints), 3) or not np.isfinite(points).all():
            return None
        points[:, 2] = points[:, 2].clip(0, 1)
        return points
