"""Boxes of people for nets that take one person at a time: (N, 4) left, top, right, bottom in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.onnx_net import OnnxNet
from dance3d.stages.keypoints.detectors.movenet import MoveNet
from dance3d.stages.keypoints.detectors.tracked_body import SURE_JOINT

Float = NDArray[np.float64]
Image = NDArray[np.uint8]

LEAST_SCORE = 0.3  # chosen: least score of a box
GREY = 114  # YOLOX's padding value
MARGIN = 0.08  # chosen: of the longer side of the joints' box, added all around: they end at eyes, wrists and ankles


class MoveNetBoxes:
    """Boxes of the people that the backend ``movenet`` finds and tracks."""

    def __init__(self, people: int | None, fps: float = 30.0) -> None:
        self._detector = MoveNet(None, people, fps=fps, quality="fast")

    def __call__(self, image: Image) -> Float:
        """Boxes in one picture."""
        boxes = []
        for points in self._detector(image):
            sure = points[points[:, 2] > SURE_JOINT, :2]
            xy = sure if len(sure) else points[:, :2]
            low, high = xy.min(0), xy.max(0)
            side = MARGIN * (high - low).max()
            boxes.append(np.concatenate([low - side, high + side]))
        return np.array(boxes).reshape(-1, 4)

    def state(self) -> dict[str, NDArray[Any]]:
        """As in ``detectors.ResumableDetector``."""
        return self._detector.state()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """As in ``detectors.ResumableDetector``."""
        self._detector.restore(state)

    def close(self) -> None:
        """Free its threads."""
        self._detector.__exit__(None, None, None)


class YoloxBoxes:
    """Boxes of a YOLOX net that was exported with its non-maximum suppression, as OpenMMLab's are.

    Its input is BGR, 0 to 255, scaled into the upper left corner.

    Source: Ge et al., YOLOX, 2021 (arXiv 2107.08430).

    Raises:
        ValueError: another kind of net.
    """

    def __init__(self, path: Path, people: int | None, device: str = "auto") -> None:
        self._net, self._people = OnnxNet(path, device), people
        shape = self._run(np.zeros((self._net.height, self._net.width, 3), np.uint8))[0].shape
        if len(shape) != 3 or shape[0] != 1 or shape[2] != 5:
            raise ValueError(f"{path} gives {shape}, expected boxes with scores (1, N, 5): a YOLOX that ends in boxes")

    def _run(self, canvas: Image) -> list[NDArray[np.floating]]:
        return self._net(np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32))

    def __call__(self, image: Image) -> Float:
        """Boxes in one picture, highest score first."""
        height, width = image.shape[:2]
        scale = min(self._net.height / height, self._net.width / width)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        canvas = np.full((self._net.height, self._net.width, 3), GREY, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)[..., ::-1]
        found = self._run(canvas)
        boxes = found[0][0].astype(np.float64)
        sure = np.isfinite(boxes).all(1) & (boxes[:, 4] >= LEAST_SCORE)
        if len(found) > 1:
            sure &= found[1][0] == 0  # classes; 0 is person
        boxes = boxes[sure]
        boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")][: self._people]
        return np.asarray(boxes[:, :4] * (np.array([width, height] * 2) / np.array([*size, *size])))

    def state(self) -> dict[str, NDArray[Any]]:
        """None: every picture is looked at by itself. As in ``detectors.ResumableDetector``."""
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Nothing to restore."""

    def close(self) -> None:
        """Nothing to free."""
