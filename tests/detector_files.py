"""Weights files for tests of detectors: nets whose right answer is known, and MediaPipe's own nets in a task file."""

import zipfile
from pathlib import Path

import numpy as np
import pytest


def _onnx():
    pytest.importorskip("onnxruntime")
    return pytest.importorskip("onnx")


def write_simcc(path, joints=17, height=64, width=48, split=2, batch="N", colours=None):
    """A net that finds, for joint j, the pixel whose colour is nearest to ``colours[j]`` (RGB 0..255).

    It undoes ImageNet's normalisation, so that wrong colours, order or scale are found out; the column of the joint's
    pixel is ``split`` times its own, its score the nearness: 1 where the colour is met.
    """
    onnx = _onnx()
    mean, spread = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    colours = np.asarray(colours if colours is not None else palette(joints), np.float64)
    weight = (spread[None] * np.eye(3)).astype(np.float32)[:, :, None, None]
    constants = {
        "weight": weight,
        "mean": mean.astype(np.float32),
        "wanted": colours.astype(np.float32).reshape(1, joints, 3, 1, 1),
        "axis1": np.array([1], np.int64),
        "axis2": np.array([2], np.int64),
        "axis3": np.array([3], np.int64),
        "small": np.array(-1 / 40, np.float32),
        "every": np.array([1, 1, split], np.float32),
    }
    nodes = [
        onnx.helper.make_node("Conv", ["input", "weight", "mean"], ["rgb"]),
        onnx.helper.make_node("Unsqueeze", ["rgb", "axis1"], ["rgb1"]),
        onnx.helper.make_node("Sub", ["rgb1", "wanted"], ["off"]),
        onnx.helper.make_node("Abs", ["off"], ["far"]),
        onnx.helper.make_node("ReduceMax", ["far", "axis2"], ["worst"], keepdims=0),
        onnx.helper.make_node("Mul", ["worst", "small"], ["less"]),
        onnx.helper.make_node("Exp", ["less"], ["near"]),  # (N, J, H, W)
        onnx.helper.make_node("ReduceMax", ["near", "axis2"], ["columns"], keepdims=0),
        onnx.helper.make_node("ReduceMax", ["near", "axis3"], ["rows"], keepdims=0),
    ]
    for name, source in (("simcc_x", "columns"), ("simcc_y", "rows")):
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        nodes.append(onnx.helper.make_node("Resize", [source, "", "every"], [name], **how))
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "simcc",
        [value("input", onnx.TensorProto.FLOAT, [batch, 3, height, width])],
        [
            value(name, onnx.TensorProto.FLOAT, [batch, joints, side * split])
            for name, side in (("simcc_x", width), ("simcc_y", height))
        ],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9), path)
    return Path(path)


def palette(joints):
    """Colours of which none lies on the way from another one to black."""
    steps = np.array([0, 80, 160, 240])
    return np.array([(r, g, b) for r in steps for g in steps for b in steps if max(r, g, b) == 240])[:joints]


def write_yolox(path, side=64, kinds=False):
    """A net that gives one box around all pixels whose blue is above 200, with score 1, and one of score 0.1.

    It takes blue from the first channel, as YOLOX does, and unscaled.
    """
    onnx = _onnx()
    constants = {
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "axis1": np.array([1], np.int64),
        "axis2": np.array([2], np.int64),
        "high": np.array(200, np.float32),
        "along": np.arange(side, dtype=np.float32)[None],
        "beside": np.arange(1, side + 1, dtype=np.float32)[None],
        "far": np.array(1e6, np.float32),
        "weak": np.array([[[1, 2, 30, 40, 0.1]]], np.float32),
        "sure": np.array([[1]], np.float32),
        "label": np.array([[0, 0]], np.int64),
    }
    node = onnx.helper.make_node
    nodes = [
        node("Slice", ["input", "zero", "one", "one"], ["blue"]),
        node("Squeeze", ["blue", "axis1"], ["flat"]),  # (1, H, W)
        node("Greater", ["flat", "high"], ["is"]),
        node("Cast", ["is"], ["mask"], to=onnx.TensorProto.FLOAT),
    ]
    ends = []
    for name, axis in (("x", "axis1"), ("y", "axis2")):
        nodes += [
            node("ReduceMax", ["mask", axis], [f"{name}on"], keepdims=0),
            node("Sub", ["sure", f"{name}on"], [f"{name}off"]),
            node("Mul", [f"{name}off", "far"], [f"{name}pen"]),
            node("Add", ["along", f"{name}pen"], [f"{name}lows"]),
            node("ReduceMin", [f"{name}lows", "axis1"], [f"{name}low"]),
            node("Mul", ["beside", f"{name}on"], [f"{name}highs"]),
            node("ReduceMax", [f"{name}highs", "axis1"], [f"{name}high"]),
        ]
        ends += [f"{name}low", f"{name}high"]
    order = [ends[0], ends[2], ends[1], ends[3], "sure"]
    nodes += [
        node("Concat", order, ["box"], axis=1),
        node("Unsqueeze", ["box", "axis1"], ["box1"]),
        node("Concat", ["weak", "box1"], ["dets"], axis=1),
    ]
    value = onnx.helper.make_tensor_value_info
    outputs = [value("dets", onnx.TensorProto.FLOAT, [1, 2, 5])]
    if kinds:
        nodes.append(node("Identity", ["label"], ["labels"]))
        outputs.append(value("labels", onnx.TensorProto.INT64, [1, 2]))
    graph = onnx.helper.make_graph(
        nodes,
        "yolox",
        [value("input", onnx.TensorProto.FLOAT, [1, 3, side, side])],
        outputs,
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9), path)
    return Path(path)


def write_task(path):
    """A ``.task`` file of the two nets that MediaPipe 0.10.21's wheel carries, with the metadata that tasks ask for."""
    import mediapipe
    from mediapipe.tasks.python.metadata.metadata_writers.metadata_writer import MetadataWriter

    modules = Path(mediapipe.__file__).parent / "modules"
    nets = {  # how pixels 0..255 become what each net was trained on: -1..1, and 0..1
        "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5),
        "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, (source, mean, spread) in nets.items():
            writer = MetadataWriter.create(bytearray((modules / source).read_bytes()))
            archive.writestr(name, bytes(writer.add_image_input([mean], [spread]).populate()[0]))
    return Path(path)
