"""RTMPose from an ONNX file: from each person's box the net finds a column and a row for every joint (SimCC).

Sources: Jiang et al., RTMPose: Real-Time Multi-Person Pose Estimation based on MMPose, 2023 (arXiv 2303.07399); Li et
al., SimCC, 2022 (arXiv 2107.03332), section 3. Padding, colours and decoding as in MMPose's configs of these nets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.onnx_net import OnnxNet
from dance3d.skeleton import COCO17, HALPE26
from dance3d.stages.keypoints.detectors import requirements
from dance3d.stages.keypoints.detectors.people_boxes import MoveNetBoxes, YoloxBoxes

Float = NDArray[np.float64]
Image = NDArray[np.uint8]

LAYOUTS = {len(skeleton.joints): skeleton.name for skeleton in (COCO17, HALPE26)}
PADDING = 1.25  # factor from the box to the net's input, as in MMPose
MEAN = np.array([123.675, 116.28, 103.53], np.float32)  # mean and standard deviation of ImageNet, RGB
STANDARD_DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)
SMALLEST = 4  # chosen, pixels: smallest side of a box


class RTMPose:
    """Detects everybody's joints, picture by picture.

    Args:
        model: an ONNX file, or the name of a fetched one (rtmpose-m, rtmpose-m-halpe26); boxes come from MoveNet.
            With ``BOXES+POSE``, each a file or a name, boxes come from the YOLOX net BOXES, such as yolox-m.
        people: number of dancers; none where not known.
        device: as in ``OnnxNet``.
        fps: pictures per second.

    Raises:
        ValueError: a package or weights are missing, or a file is no such net.
    """

    def __init__(
        self, model: Path | None = None, people: int | None = None, device: str = "auto", *, fps: float = 30.0
    ) -> None:
        requirements.package("rtmpose")
        boxes, plus, pose = str(model or "").partition("+")
        if not plus or (model and Path(model).is_file()):
            boxes, pose = "", str(model or "")
        self._net = OnnxNet(requirements.weights("rtmpose", pose), device)
        column_scores, _ = self._run(np.zeros((1, 3, self._net.height, self._net.width), np.float32))
        self.layout = LAYOUTS[column_scores.shape[1]]
        self._split = column_scores.shape[2] / self._net.width
        self._boxes: MoveNetBoxes | YoloxBoxes
        if boxes:
            self._boxes = YoloxBoxes(requirements.weights("rtmpose", boxes), people, device)
        else:
            self._boxes = MoveNetBoxes(people, fps)

    def _run(self, pictures: NDArray[np.float32]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Scores of every column (N, J, W * split) and of every row (N, J, H * split)."""
        found = self._net(pictures)
        shapes = [array.shape for array in found]
        if len(found) != 2 or any(len(shape) != 3 for shape in shapes) or shapes[0][:2] != shapes[1][:2]:
            raise ValueError(
                f"the net gives {shapes}, expected a row and a column for every joint: an RTMPose of MMPose"
            )
        if shapes[0][2] * self._net.height != shapes[1][2] * self._net.width:
            raise ValueError(f"the net gives {shapes} for pictures of {self._net.width} x {self._net.height} pixels")
        if shapes[0][1] not in LAYOUTS:
            known = ", ".join(f"{joints} ({name})" for joints, name in LAYOUTS.items())
            raise ValueError(f"the net gives {shapes[0][1]} joints; those whose meaning is known: {known}")
        return found[0], found[1]

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
        boxes = self._boxes(image)
        boxes = boxes[(boxes[:, 2:] - boxes[:, :2] >= SMALLEST).all(1)]
        if not len(boxes):
            return []
        size = np.array([self._net.width, self._net.height])
        middle, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, PADDING * (boxes[:, 2:] - boxes[:, :2])
        sides = np.maximum(sides, sides[:, ::-1] * size / size[::-1])  # the aspect ratio of the net's input
        cut = np.stack([_cut(image, m, s / size, size) for m, s in zip(middle, sides, strict=True)])
        column_scores, row_scores = self._run(((cut - MEAN) / STANDARD_DEVIATION).transpose(0, 3, 1, 2))
        where = np.stack([column_scores.argmax(2), row_scores.argmax(2)], 2) / self._split
        score = np.minimum(column_scores.max(2), row_scores.max(2)).astype(np.float64)
        xy = (where / size - 0.5) * sides[:, None] + middle[:, None]
        xy[~(score > 0)] = np.nan  # not detected
        return list(np.concatenate([xy, np.nan_to_num(score).clip(0, 1)[..., None]], 2))


def _cut(image: Image, middle: Float, scale: Float, size: NDArray[np.int64]) -> Image:
    """The net's input around ``middle``, black beyond the picture; ``scale`` is pixels of the picture per input pixel.

    MMPose's coordinates count from the centre of the first pixel, ours from its corner. So half a pixel is subtracted
    here, and ``__call__`` needs no correction when it reads the columns.
    """
    start = middle - 0.5 - scale * size / 2
    turn = np.array([[scale[0], 0, start[0]], [0, scale[1], start[1]]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, turn, size.tolist(), flags=how), np.uint8)
