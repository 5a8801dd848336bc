"""MoveNet's TensorFlow.js graphs as ONNX, by TensorFlow and tf2onnx.

Operations that TensorFlow.js has fused are taken apart, for TensorFlow to read them. Weights, 16-bit floats in the
release, stay so, with a Cast behind each. The nets for one person read batches: what turns their heatmaps into joints
was written for one picture, and is replaced by the same arithmetic for any number.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 13, 7
JOINTS = 17
PLAIN = {"_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative"}
ATTRIBUTES = ("T", "strides", "padding", "dilations", "data_format")
SMALLEST = 16  # numbers: smaller constants stay 32-bit floats
HEADS = ("center", "kpt_heatmap", "kpt_regress", "kpt_offset")


def graph(path: Path) -> tuple[Any, list[str], list[str]]:
    """The graph of a TensorFlow.js release with its weights: (GraphDef, names of its inputs, names of its outputs)."""
    import tensorflow as tf
    from google.protobuf import json_format
    from tensorflow.core.framework import graph_pb2

    release = json.loads(path.read_text())
    fused = json_format.ParseDict(release["modelTopology"], graph_pb2.GraphDef(), ignore_unknown_fields=True)
    values = _weights(release["weightsManifest"], path.parent)
    plain = graph_pb2.GraphDef(versions=fused.versions)
    for node in fused.node:
        node.device = ""
        if node.op == "Const":
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name]))
        if node.op in PLAIN:
            _take_apart(node, plain)
        else:
            plain.node.add().CopyFrom(node)
    names = [[one["name"] for one in release["signature"][kind].values()] for kind in ("inputs", "outputs")]
    return plain, names[0], names[1]


def _weights(groups: list[dict[str, Any]], folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    data = b"".join((folder / name).read_bytes() for group in groups for name in group["paths"])
    values, at = {}, 0
    for row in (row for group in groups for row in group["weights"]):
        kind = np.dtype(row.get("quantization", {}).get("dtype", row["dtype"]))
        count = int(np.prod(row["shape"]))
        values[row["name"]] = np.frombuffer(data, kind, count, at).reshape(row["shape"]).astype(row["dtype"])
        at += count * kind.itemsize
    if at != len(data):
        raise ValueError(f"the weights in {folder} are {len(data)} bytes, expected {at}")
    return values


def _take_apart(node: Any, plain: Any) -> None:
    """A fused convolution as convolution, bias and activation."""
    bias, *activation = [step.decode() for step in node.attr["fused_ops"].list.s]
    if bias != "BiasAdd" or len(activation) > 1:
        raise ValueError(f"{node.name} fuses {bias} and {activation}, expected a bias and at most one activation")
    convolution = plain.node.add(op=PLAIN[node.op], name=f"{node.name}/convolution", input=node.input[:2])
    for name in ATTRIBUTES:
        if name in node.attr:
            convolution.attr[name].CopyFrom(node.attr[name])
    steps, source = [(bias, [node.input[2]]), *((one, []) for one in activation)], convolution.name
    for number, (kind, others) in enumerate(steps, 1):
        name = node.name if number == len(steps) else f"{node.name}/{kind}"
        plain.node.add(op=kind, name=name, input=[source, *others]).attr["T"].CopyFrom(node.attr["T"])
        source = name


def convert(path: Path, batches: bool) -> onnx.ModelProto:
    """The net of a TensorFlow.js release.

    Args:
        path: of its JSON file; the weights lie beside it.
        batches: whether it is a net for one person, which then takes any number of pictures.
    """
    import tf2onnx

    plain, inputs, outputs = graph(path)
    made, _ = tf2onnx.convert.from_graph_def(plain, input_names=inputs, output_names=outputs, opset=OPSET)
    made = _Batches(made).model() if batches else _named(made, inputs[0], outputs[0])
    _halve(made.graph)
    made = _in_order(made.graph)
    onnx.checker.check_model(made, full_check=True)
    return made


def _in_order(net: onnx.GraphProto) -> onnx.ModelProto:
    """The same net in an order, and with names, that only its structure decides: tf2onnx's vary from run to run."""
    makers = {name: node for node in net.node for name in node.output}
    stored = {one.name: one for one in net.initializer}
    names = {"": "", **{one.name: one.name for one in (*net.input, *net.output)}}
    nodes: list[onnx.NodeProto] = []
    constants: dict[bytes, onnx.TensorProto] = {}

    def visit(name: str) -> None:
        if name in stored and name not in names:
            one = onnx.TensorProto()
            one.CopyFrom(stored[name])
            one.name = ""
            content = one.SerializeToString(deterministic=True)
            one.name = f"constant_{len(constants)}"
            names[name] = constants.setdefault(content, one).name
        if name not in makers or (node := makers[name]) in nodes:
            return
        for source in node.input:
            visit(source)
        for number, target in enumerate(node.output):
            names.setdefault(target, f"{node.op_type}_{len(nodes)}" + (f"_{number}" if number else ""))
        nodes.append(node)

    for one in net.output:
        visit(one.name)
    for node in nodes:
        for ends in (node.input, node.output):
            ends[:] = [names[name] for name in ends]
        node.name, node.doc_string = node.output[0], ""
        attributes = sorted(node.attribute, key=lambda one: one.name)
        del node.attribute[:]
        node.attribute.extend(attributes)
    graph = helper.make_graph(nodes, "movenet", net.input, net.output, list(constants.values()))
    imports = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION, producer_name="dance3d")


def _named(made: onnx.ModelProto, source: str, target: str) -> onnx.ModelProto:
    """The same net with `pictures` and `people` for its input and output."""
    names = {source: "pictures", target: "people"}
    for node in made.graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(name, name) for name in ends]
    for one in (*made.graph.input, *made.graph.output):
        one.name = names[one.name]
    for number, axis in ((1, "H"), (2, "W")):
        made.graph.input[0].type.tensor_type.shape.dim[number].dim_param = axis
    return helper.make_model(made.graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _halve(net: onnx.GraphProto) -> None:
    """Store constants as 16-bit floats, where that is what they are, with a Cast behind each."""
    casts = []
    for stored in net.initializer:
        array = numpy_helper.to_array(stored)
        half = array.astype(np.float16) if array.dtype == np.float32 and array.size >= SMALLEST else None
        if half is None or not np.array_equal(half.astype(np.float32), array):
            continue
        wide = stored.name
        stored.CopyFrom(numpy_helper.from_array(half, f"{wide}/half"))
        casts.append(helper.make_node("Cast", [f"{wide}/half"], [wide], name=f"{wide}/wide", to=TensorProto.FLOAT))
    nodes = [*casts, *net.node]
    del net.node[:]
    net.node.extend(nodes)


class _Batches:
    """A net for one person, from pictures to heads as it is, and from heads to joints for any number of pictures."""

    def __init__(self, made: onnx.ModelProto) -> None:
        self._net = made.graph
        self._values = {one.name: numpy_helper.to_array(one) for one in made.graph.initializer}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, np.ndarray[Any, Any]] = {}

    def model(self) -> onnx.ModelProto:
        """The whole net."""
        center, heat, regress, offset = (self._head(name) for name in HEADS)
        picture = self._net.input[0]
        side = [axis.dim_value for axis in picture.type.tensor_type.shape.dim][1]
        kept = self._up_to({center, heat, regress, offset}, picture.name)
        self._decode(center, heat, regress, offset, side // 4)  # the heads' stride is 4
        needed = {name for node in [*kept, *self._nodes] for name in node.input}
        graph = helper.make_graph(
            [*kept, *self._nodes],
            "movenet",
            [helper.make_tensor_value_info("pictures", TensorProto.INT32, ["N", side, side, 3])],
            [helper.make_tensor_value_info("people", TensorProto.FLOAT, ["N", 1, JOINTS, 3])],
            [one for one in self._net.initializer if one.name in needed]
            + [numpy_helper.from_array(array, name) for name, array in self._constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)

    def _head(self, name: str) -> str:
        """The last output of a head's convolutions, (1, C, S, S)."""
        found = [
            node.output[0] for node in self._net.node if node.op_type == "Conv" and f"/{name}_0/" in node.output[0]
        ]
        return found[-1]

    def _up_to(self, heads: set[str], picture: str) -> list[onnx.NodeProto]:
        """The nodes that lead to the heads, without the Split that takes the one picture out of its batch."""
        needed, kept = set(heads), []
        for node in reversed(self._net.node):
            if needed & set(node.output):
                kept.append(node)
                needed |= set(node.input)
        (split,) = [node for node in kept if node.op_type == "Split"]
        kept.remove(split)
        names = {split.output[0]: split.input[0], picture: "pictures"}
        for node in kept:
            node.input[:] = [names.get(name, name) for name in node.input]
        return kept[::-1]

    def _constant(self, end: str) -> np.ndarray[Any, Any]:
        (found,) = [array for name, array in self._values.items() if name.endswith(end)]
        return found

    def _decode(self, center: str, heat: str, regress: str, offset: str, side: int) -> None:
        """The person nearest to the middle, a guess of each joint from there, and the best cell near that guess.

        Args:
            center: name of the head (N, 1, side, side): where people are.
            heat: (N, 17, side, side): where joints are.
            regress: (N, 34, side, side): y and x of each joint from the person's cell.
            offset: (N, 34, side, side): y and x of each joint inside its own cell.
            side: of the heads.
        """
        cells = side * side
        self._put("Sigmoid", [center], "center")
        weight = self._constant("truediv_2_recip:0").reshape(1, 1, side, side)  # less far from the middle
        self._put("Mul", ["center", self._store("center_weight", weight)], "center_weighted")
        self._put("Reshape", ["center_weighted", self._whole("center_flat_shape", 0, cells)], "center_flat")
        self._put("ArgMax", ["center_flat"], "center_cell", axis=1, keepdims=1)
        self._row_and_column("center", self._whole("side", side), axis=1)  # (N, 2)
        self._put("Reshape", [regress, self._whole("regress_shape", 0, 2 * JOINTS, cells)], "regress_flat")
        self._put("Transpose", ["regress_flat"], "regress_cells", perm=[0, 2, 1])
        self._put("GatherND", ["regress_cells", "center_cell"], "regress_there", batch_dims=1)
        self._put("Reshape", ["regress_there", self._whole("pairs_shape", 0, JOINTS, 2)], "regress_pairs")
        self._put("Unsqueeze", ["center_yx", self._whole("axis_1", 1)], "center_yx_once")
        self._put("Add", ["center_yx_once", "regress_pairs"], "guess")  # (N, 17, 2)

        grid = np.arange(side, dtype=np.float32)
        for number, (axis, shape) in enumerate((("y", (1, 1, side, 1)), ("x", (1, 1, 1, side)))):
            self._put("Gather", ["guess", self._store(f"number_{axis}", np.int64(number))], f"guess_{axis}", axis=2)
            self._put("Unsqueeze", [f"guess_{axis}", self._whole("axes_2_3", 2, 3)], f"guess_{axis}_once")
            self._put("Sub", [self._store(f"grid_{axis}", grid.reshape(shape)), f"guess_{axis}_once"], f"far_{axis}")
            self._put("Mul", [f"far_{axis}", f"far_{axis}"], f"far_{axis}_squared")
        self._put("Add", ["far_y_squared", "far_x_squared"], "far_squared")
        self._put("Sqrt", ["far_squared"], "far")
        self._put("Add", ["far", self._store("far_least", self._constant("add_5/y:0"))], "far_weight")

        self._put("Sigmoid", [heat], "heat")
        self._put("Div", ["heat", "far_weight"], "heat_weighted")
        flat = self._whole("joints_flat_shape", 0, JOINTS, cells)
        self._put("Reshape", ["heat_weighted", flat], "heat_weighted_flat")
        self._put("ArgMax", ["heat_weighted_flat"], "joint_cell", axis=2, keepdims=1)
        self._put("Reshape", ["heat", flat], "heat_flat")
        self._put("GatherND", ["heat_flat", "joint_cell"], "score", batch_dims=2)
        self._row_and_column("joint", "side", axis=2)  # (N, 17, 2)
        self._put("Reshape", [offset, self._whole("offset_shape", 0, JOINTS, 2, cells)], "offset_flat")
        self._put("Transpose", ["offset_flat"], "offset_cells", perm=[0, 1, 3, 2])
        self._put("GatherND", ["offset_cells", "joint_cell"], "offset_there", batch_dims=2)
        self._put("Add", ["joint_yx", "offset_there"], "yx_cells")
        share = self._constant("Reshape_13:0").reshape(2)  # of the picture that a cell is
        self._put("Mul", ["yx_cells", self._store("share", share)], "yx")
        self._put("Unsqueeze", ["score", self._whole("axis_2", 2)], "score_once")
        self._put("Concat", ["yx", "score_once"], "joints", axis=2)
        self._put("Unsqueeze", ["joints", "axis_1"], "people")

    def _row_and_column(self, name: str, side: str, axis: int) -> None:
        """Row and column, as floats, of cells that are counted through."""
        self._put("Div", [f"{name}_cell", side], f"{name}_row")
        self._put("Mul", [f"{name}_row", side], f"{name}_row_start")
        self._put("Sub", [f"{name}_cell", f"{name}_row_start"], f"{name}_column")
        self._put("Concat", [f"{name}_row", f"{name}_column"], f"{name}_both", axis=axis)
        self._put("Cast", [f"{name}_both"], f"{name}_yx", to=TensorProto.FLOAT)

    def _put(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=f"decode/{output}", **attributes))

    def _store(self, name: str, array: Any) -> str:
        self._constants[name] = np.asarray(array)
        return name

    def _whole(self, name: str, *numbers: int) -> str:
        return self._store(name, np.array(numbers, np.int64))
