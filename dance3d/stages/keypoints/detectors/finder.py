"""MediaPipe's two nets, driven one by one: where people are in a picture, and the landmarks of one of them.

Its ready-made solution reads one person per picture. Its wheel also carries the detector that finds everybody and the
landmark net that reads one region; here they are wired anew. Regions are cut out upright before the landmark net sees
them, so that it works on a picture of 256 pixels whatever the size of the video.

Source: Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020 (arXiv 2006.10204), section 2; the
numbers in the graphs belong to the nets that MediaPipe 0.10.21's wheel carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d.io.chatter import plots_later, quiet

Float = NDArray[np.float64]
Image = NDArray[np.uint8]

SIDE = 256  # pixels of the landmark net's picture
WIDER = 1.25  # of the circle around a body, so that its next pose lies inside too
LANDMARKS, HIP, TOP = 33, 33, 34  # of the body; then the hips' middle and a point of the circle around the body

FIND = """
input_stream: "image"
output_stream: "people"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:people" }
"""
READ = """
input_stream: "image"
output_stream: "presence"
output_stream: "landmarks"
node {
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:image"
  output_stream: "TENSORS:picture"
  options { [mediapipe.ImageToTensorCalculatorOptions.ext] {
    output_tensor_width: 256 output_tensor_height: 256 output_tensor_float_range { min: 0 max: 1 }
  } }
}
node {
  calculator: "InferenceCalculatorCpu"
  input_stream: "TENSORS:picture"
  output_stream: "TENSORS:answers"
  options { [mediapipe.InferenceCalculatorOptions.ext] {
    model_path: "mediapipe/modules/pose_landmark/pose_landmark_full.tflite" delegate { xnnpack {} }
  } }
}
node {
  calculator: "SplitTensorVectorCalculator"
  input_stream: "answers"
  output_stream: "points"
  output_stream: "flag"
  output_stream: "heatmap"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 1 } ranges { begin: 1 end: 2 } ranges { begin: 3 end: 4 }
  } }
}
node { calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:flag" output_stream: "FLOAT:presence" }
node {
  calculator: "TensorsToLandmarksCalculator"
  input_stream: "TENSORS:points"
  output_stream: "NORM_LANDMARKS:coarse"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] {
    num_landmarks: 39 input_image_width: 256 input_image_height: 256
    visibility_activation: SIGMOID presence_activation: SIGMOID
  } }
}
node {
  calculator: "RefineLandmarksFromHeatmapCalculator"
  input_stream: "NORM_LANDMARKS:coarse"
  input_stream: "TENSORS:heatmap"
  output_stream: "NORM_LANDMARKS:landmarks"
  options { [mediapipe.RefineLandmarksFromHeatmapCalculatorOptions.ext] { kernel_size: 7 } }
}
"""
OPTIONS = (
    "core.split_vector_calculator_pb2",
    "tensor.image_to_tensor_calculator_pb2",
    "tensor.inference_calculator_pb2",
    "tensor.tensors_to_landmarks_calculator_pb2",
    "util.refine_landmarks_from_heatmap_calculator_pb2",
)


@dataclass(frozen=True)
class Region:
    """A square of the picture, turned so that the body in it stands upright.

    Attributes:
        x, y: its middle, pixels.
        side: pixels.
        turn: radians clockwise from upright.
    """

    x: float
    y: float
    side: float
    turn: float

    @classmethod
    def around(cls, hip: Float, top: Float) -> Self:
        """Region of a body by the middle of its hips and a point, beyond its head, of the circle around it: (2,)."""
        x, y = (top - hip).tolist()
        return cls(float(hip[0]), float(hip[1]), 2 * WIDER * float(np.hypot(x, y)), float(np.arctan2(x, -y)))

    def matrix(self) -> Float:
        """(2, 3): from places in the upright picture of ``SIDE`` pixels to places in the whole picture."""
        scale = self.side / SIDE
        along = np.array([np.cos(self.turn), np.sin(self.turn)]) * scale
        down = np.array([-along[1], along[0]])
        return np.stack([along, down, [self.x, self.y] - (along + down) * SIDE / 2], 1)


@dataclass(frozen=True, eq=False)
class Body:
    """One person as the landmark net sees it.

    Attributes:
        points: (33, 3) x and y in pixels of the picture, visibility 0..1.
        presence: 0..1, that there is a person in the region at all.
        next: where to look for it in the next picture.
    """

    points: Float
    presence: float
    next: Region


def _graph(text: str, outputs: list[str]) -> Any:
    with quiet():
        with plots_later():
            for name in OPTIONS:  # a graph's options are known once their modules are
                import_module(f"mediapipe.calculators.{name}")
            parse = import_module("google.protobuf.text_format").Parse
            from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
            from mediapipe.python.solution_base import SolutionBase
        graph = SolutionBase(graph_config=parse(text, CalculatorGraphConfig()), outputs=outputs)
        graph.process({"image": np.zeros((SIDE, SIDE, 3), np.uint8)})  # its threads have their say with the first
    return graph


class Finder:
    """Finds the regions of all people that can be told apart in 224 pixels."""

    def __init__(self) -> None:
        self._graph = _graph(FIND, ["people"])

    def __call__(self, image: Image) -> list[Region]:
        """Regions, the surest first."""
        found = self._graph.process({"image": np.ascontiguousarray(image)}).people or []
        regions = []
        for person in sorted(found, key=lambda person: -person.score[0]):
            hip, top = (np.array([p.x, p.y]) * image.shape[1::-1] for p in person.location_data.relative_keypoints[:2])
            regions.append(Region.around(hip, top))
        return regions

    def close(self) -> None:
        """Let go of the net."""
        self._graph.close()


class Reader:
    """Reads the landmarks of the person in a region."""

    def __init__(self) -> None:
        self._graph = _graph(READ, ["presence", "landmarks"])

    def __call__(self, image: Image, region: Region) -> Body | None:
        """The body, whatever its presence; none where the net's answer is no number."""
        matrix = region.matrix()
        shifted = matrix.copy()  # OpenCV counts from the middle of the first pixel, landmarks from its corner
        shifted[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        upright = cv2.warpAffine(image, shifted, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE)
        answer = self._graph.process({"image": upright})
        points = np.array([(p.x * SIDE, p.y * SIDE, p.visibility) for p in answer.landmarks.landmark])
        if not np.isfinite(points).all() or not np.isfinite(answer.presence):
            return None
        points[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        points[:, 2] = points[:, 2].clip(0, 1)
        return Body(points[:LANDMARKS], float(answer.presence), Region.around(points[HIP, :2], points[TOP, :2]))

    def close(self) -> None:
        """Let go of the net."""
        self._graph.close()
