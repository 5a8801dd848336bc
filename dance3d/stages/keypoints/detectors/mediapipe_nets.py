"""MediaPipe's two nets, run separately: the person detector, and the landmark net for one region.

MediaPipe's own solution finds one person per picture. Its wheel also has the detector that finds everybody and the
landmark net for one region, which graphs of our own run here. Regions are cut out upright first, so that the landmark
net works on a picture of 256 pixels whatever the size of the video.

Source: Bazarevsky et al., BlazePose: On-device Real-time Body Pose tracking, 2020 (arXiv 2006.10204), section 2; the
numbers in the graphs belong to the nets in MediaPipe 0.10.21's wheel.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from dance3d.io.quiet_mediapipe import deferred_matplotlib, hidden_log_lines
from dance3d.stages.keypoints.detectors.regions import SIDE, Image, Region, RegionPose, inpaint_people

DETECTOR_SIZE = 224  # pixels: side of the detector's input
# number of body landmarks; rows of the hips' middle and of a point on the circle around the body
LANDMARKS, HIP, TOP = 33, 33, 34

DETECTOR_GRAPH = """
input_stream: "image"
output_stream: "people"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:people" }
"""
LANDMARK_GRAPH = """
input_stream: "image"
output_stream: "presence"
output_stream: "landmarks"
output_stream: "outline"
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
  output_stream: "body"
  output_stream: "heatmap"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 1 } ranges { begin: 1 end: 2 } ranges { begin: 2 end: 3 } ranges { begin: 3 end: 4 }
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
node {
  calculator: "TensorsToSegmentationCalculator"
  input_stream: "TENSORS:body"
  output_stream: "MASK:outline"
  options { [mediapipe.TensorsToSegmentationCalculatorOptions.ext] { gpu_origin: TOP_LEFT activation: SIGMOID } }
}
"""
OPTIONS = (
    "core.split_vector_calculator_pb2",
    "tensor.image_to_tensor_calculator_pb2",
    "tensor.inference_calculator_pb2",
    "tensor.tensors_to_landmarks_calculator_pb2",
    "tensor.tensors_to_segmentation_calculator_pb2",
    "util.refine_landmarks_from_heatmap_calculator_pb2",
)


def _graph(text: str, outputs: list[str]) -> Any:
    with hidden_log_lines():
        with deferred_matplotlib():
            for name in OPTIONS:  # a graph's options can be parsed once their modules are imported
                import_module(f"mediapipe.calculators.{name}")
            parse = import_module("google.protobuf.text_format").Parse
            from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
            from mediapipe.python.solution_base import SolutionBase
        graph = SolutionBase(graph_config=parse(text, CalculatorGraphConfig()), outputs=outputs)
        # its threads write their messages with the first picture
        graph.process({"image": np.zeros((SIDE, SIDE, 3), np.uint8)})
    return graph


class PersonDetector:
    """Finds the regions of all people that can be resolved in ``DETECTOR_SIZE`` pixels."""

    def __init__(self) -> None:
        self._graph = _graph(DETECTOR_GRAPH, ["people"])

    def __call__(self, image: Image, view: tuple[slice, slice], without: Sequence[RegionPose] = ()) -> list[Region]:
        """Regions of people, highest score first.

        Args:
            image: (H, W, 3) RGB.
            view: rows and columns in which to search.
            without: bodies that are removed from the picture first.
        """
        part = image[view]
        corner, sides = np.array([view[1].start, view[0].start]), np.array(part.shape[1::-1])
        scale = min(DETECTOR_SIZE / sides.max(), 1.0)
        size = np.maximum(np.rint(sides * scale), 1).astype(int)
        small: Image = np.asarray(cv2.resize(part, size.tolist(), interpolation=cv2.INTER_LINEAR), np.uint8)
        if without:
            matrix = np.column_stack([np.diag(sides / size), corner])
            small = inpaint_people(small, matrix, without, None)
        found = self._graph.process({"image": small}).people or []
        regions = []
        for person in sorted(found, key=lambda person: -person.score[0]):
            hip, top = (np.array([p.x, p.y]) * sides + corner for p in person.location_data.relative_keypoints[:2])
            regions.append(Region.around(hip, top))
        return regions

    def close(self) -> None:
        """Free the net."""
        self._graph.close()


class LandmarkNet:
    """Finds the landmarks of the person in a region."""

    def __init__(self) -> None:
        self._graph = _graph(LANDMARK_GRAPH, ["presence", "landmarks", "outline"])

    def __call__(
        self, image: Image, region: Region, without: Sequence[RegionPose] = (), own: RegionPose | None = None
    ) -> RegionPose | None:
        """The pose, whatever its presence; none where the net's output is not finite.

        Args:
            image: (H, W, 3) RGB.
            region: of the person.
            without: bodies that are removed from the picture first.
            own: this person's pose found in ``region`` before: its mask stays.
        """
        matrix, upright = region.matrix(), region.cut(image)
        if without:
            upright = inpaint_people(upright, matrix, without, own.outline if own else None)
        answer = self._graph.process({"image": upright})
        points = np.array([(p.x * SIDE, p.y * SIDE, p.visibility) for p in answer.landmarks.landmark])
        if not np.isfinite(points).all() or not np.isfinite(answer.presence):
            return None
        points[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        points[:, 2] = points[:, 2].clip(0, 1)
        expected = Region.around(points[HIP, :2], points[TOP, :2])
        return RegionPose(
            points[:LANDMARKS], float(answer.presence), region, expected, np.array(answer.outline, np.float32)
        )

    def close(self) -> None:
        """Free the net."""
        self._graph.close()
