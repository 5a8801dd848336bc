"""A TFLite net of pictures as ONNX: MediaPipe's pose landmarks and its selfie segmenter, whose operations are few.

TensorFlow Lite keeps pictures as (N, H, W, C) and ONNX computes with (N, C, H, W). So pictures are turned once, behind
the input, and outputs are turned back; constants are turned here. The batch axis, 1 in the file, becomes free. Weights
stay 16-bit floats where the file has such, with a Cast behind each; everything is computed with 32 bits as in TFLite.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # onnxruntime 1.20, the oldest that dance3d takes, reads both
TO_ROWS, TO_COLOURS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
TYPES = {0: np.float32, 1: np.float16, 2: np.int32}
TRANSPOSED = "Convolution2DTransposeBias"  # MediaPipe's own operation
PADDING_SAME = 0


def convert(path: Path, names: list[str]) -> onnx.ModelProto:
    """The net of a file.

    Args:
        path: of the TFLite file.
        names: new names of the outputs, in the file's order; one with an empty name is left out, with all that leads to
            it alone.

    Raises:
        ValueError: an operation that is not known here.
    """
    return _Conversion(path).model(names)


class _Conversion:
    def __init__(self, path: Path) -> None:
        from tf2onnx.tflite import BuiltinOperator, Model

        self._kinds = {value: name for name, value in vars(BuiltinOperator.BuiltinOperator).items() if name.isupper()}
        self._file = Model.Model.GetRootAsModel(path.read_bytes(), 0)
        self._graph = self._file.Subgraphs(0)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, np.ndarray[Any, Any]] = {}
        self._values: dict[int, np.ndarray[Any, Any]] = {}  # constants of the file by tensor, as stored

    def model(self, names: list[str]) -> onnx.ModelProto:
        """The whole net."""
        (source,) = self._graph.InputsAsNumpy()
        self._add("Transpose", ["pictures"], self._name(source), perm=TO_ROWS)
        for number in range(self._graph.OperatorsLength()):
            self._operation(self._graph.Operators(number))
        outputs = []
        for tensor, name in zip(self._graph.OutputsAsNumpy(), names, strict=True):
            if not name:
                continue
            shape = ["N", *self._shape(tensor)[1:]]
            if len(shape) == 4:
                self._add("Transpose", [self._name(tensor)], name, perm=TO_COLOURS_LAST)
            else:
                self._add("Identity", [self._name(tensor)], name)
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return self._pruned(source, outputs)

    def _pruned(self, source: int, outputs: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
        needed, kept = {output.name for output in outputs}, []
        for node in reversed(self._nodes):
            if needed & set(node.output):
                kept.append(node)
                needed |= set(node.input)
        picture = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["N", *self._shape(source)[1:]])
        stored = [numpy_helper.from_array(array, name) for name, array in self._constants.items() if name in needed]
        graph = helper.make_graph(kept[::-1], "net", [picture], outputs, stored)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        made.producer_name = "dance3d"
        onnx.checker.check_model(made, full_check=True)
        return made

    # ---- tensors of the file ----

    def _name(self, tensor: int) -> str:
        return f"t{tensor}"

    def _shape(self, tensor: int) -> list[int]:
        return [int(side) for side in self._graph.Tensors(tensor).ShapeAsNumpy()]

    def _stored(self, tensor: int) -> np.ndarray[Any, Any] | None:
        """A constant of the file as it is stored; none if the tensor is computed."""
        if tensor in self._values:
            return self._values[tensor]
        described = self._graph.Tensors(tensor)
        buffer = self._file.Buffers(described.Buffer())
        if not buffer.DataLength():
            return None
        array = np.frombuffer(buffer.DataAsNumpy().tobytes(), TYPES[described.Type()])
        return array.reshape(self._shape(tensor))

    def _constant(self, name: str, array: np.ndarray[Any, Any]) -> str:
        """A constant, with a Cast behind it if it is of 16 bits."""
        self._constants[name] = array
        if array.dtype != np.float16:
            return name
        return self._add("Cast", [name], f"{name}_wide", to=TensorProto.FLOAT)

    def _input(self, tensor: int) -> str:
        """A tensor for operations with two pictures: a constant is turned, so that its colours meet the other's."""
        array = self._stored(tensor)
        if array is None:
            return self._name(tensor)
        array = array.reshape((1,) * (4 - array.ndim) + array.shape).transpose(TO_ROWS)
        return self._constant(self._name(tensor), array)

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    # ---- operations ----

    def _operation(self, operation: Any) -> None:
        code = self._file.OperatorCodes(operation.OpcodeIndex())
        kind = self._kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if kind == "CUSTOM":
            kind = code.CustomCode().decode()
        inputs, (output,) = operation.InputsAsNumpy().tolist(), operation.OutputsAsNumpy().tolist()
        simple = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}
        if kind == "DEQUANTIZE":
            array = self._stored(inputs[0])
            assert array is not None and array.dtype == np.float16, "only 16-bit floats are known"
            self._values[output] = array
        elif kind in simple:
            self._add(simple[kind], [self._name(inputs[0])], self._name(output))
        elif kind in ("ADD", "MUL"):
            options = self._options(operation, "AddOptions" if kind == "ADD" else "MulOptions")
            made = self._add(kind.title(), [self._input(one) for one in inputs], f"{self._name(output)}_raw")
            self._activated(made, output, options.FusedActivationFunction())
        elif kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self._convolution(operation, kind, inputs, output)
        elif kind == TRANSPOSED:
            self._transposed(operation, inputs, output)
        elif kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            options = self._options(operation, "Pool2DOptions")
            kernel, stride = [options.FilterHeight(), options.FilterWidth()], [options.StrideH(), options.StrideW()]
            pads = self._pads(inputs[0], output, kernel, stride, [1, 1], options.Padding())
            pool = "MaxPool" if kind == "MAX_POOL_2D" else "AveragePool"
            made = self._add(
                pool,
                [self._name(inputs[0])],
                f"{self._name(output)}_raw",
                kernel_shape=kernel,
                strides=stride,
                pads=pads,
            )
            self._activated(made, output, options.FusedActivationFunction())
        elif kind == "MEAN":
            axes = self._stored(inputs[1])
            assert axes is not None and sorted(axes.ravel().tolist()) == [1, 2], "only means of a picture are known"
            self._add("GlobalAveragePool", [self._name(inputs[0])], self._name(output))
        elif kind == "RESIZE_BILINEAR":
            self._resized(operation, inputs, output)
        elif kind == "PAD":
            pads = self._stored(inputs[1])
            assert pads is not None
            turned = pads[TO_ROWS].T.ravel().astype(np.int64)
            self._add(
                "Pad", [self._name(inputs[0]), self._constant(f"{self._name(output)}_pads", turned)], self._name(output)
            )
        elif kind == "RESHAPE":
            before, after = self._shape(inputs[0]), self._shape(output)
            assert before[1:3] == [1, 1], "only pictures of one pixel are reshaped"
            shape = self._constant(f"{self._name(output)}_shape", np.array([-1, *after[1:]], np.int64))
            self._add("Reshape", [self._name(inputs[0]), shape], self._name(output))
        else:
            raise ValueError(f"operation {kind} is not known")

    def _options(self, operation: Any, kind: str) -> Any:
        from importlib import import_module

        options = getattr(import_module(f"tf2onnx.tflite.{kind}"), kind)()
        table = operation.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    def _activated(self, made: str, output: int, activation: int) -> None:
        name = self._name(output)
        if activation == 1:
            self._add("Relu", [made], name)
        elif activation == 3:
            least, most = self._constant("zero", np.float32(0)), self._constant("six", np.float32(6))
            self._add("Clip", [made, least, most], name)
        elif activation == 0:
            self._nodes[-1].output[0] = name  # the node that was added last
        else:
            raise ValueError(f"activation {activation} is not known")

    def _convolution(self, operation: Any, kind: str, inputs: list[int], output: int) -> None:
        deep = kind == "DEPTHWISE_CONV_2D"
        options = self._options(operation, "DepthwiseConv2DOptions" if deep else "Conv2DOptions")
        weight, name = self._stored(inputs[1]), self._name(output)
        assert weight is not None
        stride = [options.StrideH(), options.StrideW()]
        dilation = [options.DilationHFactor(), options.DilationWFactor()]
        weight = weight.transpose(TO_ROWS if not deep else [3, 0, 1, 2])
        made = self._add(
            "Conv",
            [self._name(inputs[0]), *self._weights(name, weight, inputs)],
            f"{name}_raw",
            kernel_shape=list(weight.shape[2:]),
            strides=stride,
            dilations=dilation,
            pads=self._pads(inputs[0], output, list(weight.shape[2:]), stride, dilation, options.Padding()),
            group=self._shape(inputs[0])[3] if deep else 1,
        )
        self._activated(made, output, options.FusedActivationFunction())

    def _weights(self, name: str, weight: np.ndarray[Any, Any], inputs: list[int]) -> list[str]:
        bias = self._stored(inputs[2])
        assert bias is not None
        return [self._constant(f"{name}_weight", np.ascontiguousarray(weight)), self._constant(f"{name}_bias", bias)]

    def _transposed(self, operation: Any, inputs: list[int], output: int) -> None:
        """MediaPipe's transposed convolution with a bias; its options are a struct as it lies in memory."""
        _, width, height = struct.unpack_from("<3i", operation.CustomOptionsAsNumpy().tobytes())
        weight, name = self._stored(inputs[1]), self._name(output)
        assert weight is not None and [height, width] == list(weight.shape[1:3]), "only squares side by side are known"
        self._add(
            "ConvTranspose",
            [self._name(inputs[0]), *self._weights(name, weight.transpose(3, 0, 1, 2), inputs)],
            name,
            kernel_shape=[height, width],
            strides=[height, width],
        )

    def _resized(self, operation: Any, inputs: list[int], output: int) -> None:
        options = self._options(operation, "ResizeBilinearOptions")
        way = (
            "align_corners" if options.AlignCorners() else "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        )
        before, after = self._shape(inputs[0]), self._shape(output)
        scales = np.array([1, 1, after[1] / before[1], after[2] / before[2]], np.float32)
        name = self._name(output)
        parts = [self._name(inputs[0]), "", self._constant(f"{name}_scales", scales)]
        self._add("Resize", parts, name, mode="linear", coordinate_transformation_mode=way)

    def _pads(
        self, source: int, output: int, kernel: list[int], stride: list[int], dilation: list[int], padding: int
    ) -> list[int]:
        """Rows and columns before, then after."""
        if padding != PADDING_SAME:
            return [0] * 4
        before, after = self._shape(source)[1:3], self._shape(output)[1:3]
        total = [
            max((after[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - before[axis], 0)
            for axis in (0, 1)
        ]
        return [side // 2 for side in total] + [side - side // 2 for side in total]
