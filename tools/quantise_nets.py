"""Make the nets with 8-bit integers that ship in ``dance3d/weights/third_party`` again, from those with 16-bit floats.

    python tools/quantise_nets.py [NAME ...] [--out build/nets]
    python tools/quantise_nets.py --measure CLIP.mp4 [CLIP.mp4 ...]

The convolutions up to the net's coarsest features get 8-bit weights, with a scale for each channel, and 8-bit inputs
and outputs, with one range for each tensor. Sums of residuals, the feature pyramid and the heads stay 32-bit floats, as
rounding there moves joints: those of thunder by 0.95 of 256 pixels, else by 0.3 (median, pictures of clips). Pictures
enter as the bytes that they are. The ranges are data, ``quantised_ranges.json``: the least and the largest value on
pictures that the detector saw in clips; ``--measure`` takes them anew. Needs dance3d and the package onnx.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parent.parent
LIST = ROOT / "dance3d" / "weights" / "third_party.json"
NETS = ROOT / "dance3d" / "weights" / "third_party"
RANGES = Path(__file__).parent / "quantised_ranges.json"
MADE = {f"movenet-{name}-int8": f"movenet-{name}" for name in ("lightning", "thunder", "multipose")}
COARSEST = 1000  # channels that only the last layers of these nets have more of
GREY = (2 / 255, 128)  # scale and zero of bytes for what the nets see: byte / 127.5 - 1, to half a grey level
PICTURES = 160  # of each net, to measure on
FRAMES = 150  # of each clip
Ranges = dict[str, tuple[float, float]]


def main(words: list[str] | None = None) -> int:
    """Make nets, or measure ranges; 1 if a net is not the one that ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MADE)}; all if none")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "nets")
    parser.add_argument("--measure", type=Path, nargs="+", metavar="CLIP", help="videos on which to measure the ranges")
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in MADE]:
        parser.error(f"{unknown[0]!r} is not known; choose from {', '.join(MADE)}")
    rows = json.loads(LIST.read_text())
    names = options.names or list(MADE)
    if options.measure:
        known = json.loads(RANGES.read_text()) if RANGES.exists() else {}
        seen = _seen(options.measure)
        known.update({name: _measured(_plain(_source(name, rows)), seen[MADE[name]]) for name in names})
        RANGES.write_text(json.dumps(known, indent=1) + "\n")
    options.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name in names:
        made = quantised(_plain(_source(name, rows)), json.loads(RANGES.read_text())[name])
        path = options.out / f"{name}.onnx"
        path.write_bytes(made.SerializeToString(deterministic=True))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        same = digest == rows.get(name, {}).get("sha256")
        wrong += not same
        print(f"{name}: {path}, {path.stat().st_size} bytes, sha256 {digest}; {'' if same else 'NOT '}as it ships")
    return 1 if wrong else 0


def _source(name: str, rows: dict[str, Any]) -> onnx.ModelProto:
    return onnx.load(NETS / rows[MADE[name]]["file"])


def _plain(net: onnx.ModelProto) -> onnx.ModelProto:
    """The net with 32-bit constants in place of 16-bit ones that are cast."""
    stored = {one.name: one for one in net.graph.initializer}
    casts = [node for node in net.graph.node if node.op_type == "Cast" and node.input[0] in stored]
    for node in casts:
        wide = numpy_helper.to_array(stored[node.input[0]]).astype(np.float32)
        net.graph.initializer.append(numpy_helper.from_array(wide, node.output[0]))
        net.graph.node.remove(node)
    for half in {node.input[0] for node in casts}:
        net.graph.initializer.remove(stored[half])
    return net


def chosen(net: onnx.ModelProto) -> tuple[list[onnx.NodeProto], str]:
    """The convolutions up to the coarsest features, in order; and the name of what the first one reads."""
    makers = {name: node for node in net.graph.node for name in node.output}
    shapes = {one.name: one.dims for one in net.graph.initializer}
    convolutions = [node for node in net.graph.node if node.op_type == "Conv"]
    last = [node for node in convolutions if shapes[node.input[1]][0] > COARSEST and shapes[node.input[1]][1] > 1][-1]
    todo, upstream = [last], set()
    while todo:
        node = todo.pop()
        if node.name not in upstream:
            upstream.add(node.name)
            todo += [makers[name] for name in node.input if name in makers]
    kept = [node for node in convolutions if node.name in upstream]
    return kept, kept[0].input[0]


def _ends(net: onnx.ModelProto, node: onnx.NodeProto) -> str:
    """The output of a convolution, or of the limiter that alone reads it."""
    readers = [other for other in net.graph.node if node.output[0] in other.input]
    limited = len(readers) == 1 and readers[0].op_type in ("Clip", "Relu")
    return str(readers[0].output[0] if limited else node.output[0])


def _tensors(net: onnx.ModelProto) -> list[str]:
    """Names of the tensors in 8 bits, but for the pictures."""
    nodes, pictures = chosen(net)
    return sorted({name for node in nodes for name in (node.input[0], _ends(net, node))} - {pictures})


def quantised(net: onnx.ModelProto, ranges: Ranges) -> onnx.ModelProto:
    """A net with 8-bit convolutions.

    Args:
        net: as ``_plain`` makes it; not changed.
        ranges: least and largest value of each of ``_tensors``.
    """
    made = onnx.ModelProto()
    made.CopyFrom(net)
    nodes, pictures = chosen(made)
    names = _tensors(made)
    if missing := set(names) - set(ranges):
        raise ValueError(f"no ranges of {', '.join(sorted(missing))}; measure them anew")
    writer = _Writer(made)
    scales = {pictures: GREY[0], **{name: writer.in_8_bits(name, *ranges[name]) for name in names}}
    for node in nodes:
        writer.weights_in_8_bits(node, scales[node.input[0]])
    for node in made.graph.node:
        if node.op_type != "QuantizeLinear":
            node.input[:] = [f"{name}/restored" if name in names else name for name in node.input]
    writer.bytes_enter(pictures)
    return writer.model()


class _Writer:
    """Adds to a net what quantises; the nodes are put in order at the end."""

    def __init__(self, net: onnx.ModelProto) -> None:
        self._net = net
        self._stored = {one.name: numpy_helper.to_array(one) for one in net.graph.initializer}

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._net.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: int | list[int]) -> None:
        self._net.graph.node.append(helper.make_node(kind, inputs, [output], name=output, **attributes))

    def in_8_bits(self, name: str, low: float, high: float) -> float:
        """Round a tensor to 256 steps over a range that holds zero; the step."""
        low, high = min(low, 0.0), max(high, 0.0)
        step = np.float32((high - low) / 255)
        numbers = [
            self._constant(f"{name}/step", np.array(step)),
            self._constant(f"{name}/zero", np.array(round(-low / float(step)), np.uint8)),
        ]
        self._node("QuantizeLinear", [name, *numbers], f"{name}/rounded")
        self._node("DequantizeLinear", [f"{name}/rounded", *numbers], f"{name}/restored")
        return float(step)

    def weights_in_8_bits(self, node: onnx.NodeProto, step: float) -> None:
        """Store a convolution's weights as 8-bit and its bias as 32-bit integers.

        Args:
            node: the convolution.
            step: of its input.
        """
        weights, bias = self._stored[node.input[1]], self._stored[node.input[2]]
        steps = np.maximum(np.abs(weights).reshape(len(weights), -1).max(1) / 127, 1e-12).astype(np.float32)
        steps = np.maximum(steps, np.abs(bias) / np.float32(step * 2**30))  # the bias is a 32-bit number of such steps
        whole = np.rint(weights / steps.reshape(-1, 1, 1, 1)).clip(-127, 127).astype(np.int8)
        name = node.name
        both = (steps * np.float32(step)).astype(np.float32)
        zeros = [np.zeros(len(weights), np.int8), np.zeros(len(weights), np.int32)]
        whole_bias = np.rint(bias / both).astype(np.int32)
        for part, values, size, zero in (("weights", whole, steps, zeros[0]), ("bias", whole_bias, both, zeros[1])):
            inputs = [
                self._constant(f"{name}/{part}/rounded", values),
                self._constant(f"{name}/{part}/step", size),
                self._constant(f"{name}/{part}/zero", zero),
            ]
            self._node("DequantizeLinear", inputs, f"{name}/{part}", axis=0)
        node.input[1:] = [f"{name}/weights", f"{name}/bias"]

    def bytes_enter(self, pictures: str) -> None:
        """Let the pictures enter as bytes, in place of all that turned whole numbers into floats."""
        source = self._net.graph.input[0]
        source.type.tensor_type.elem_type = TensorProto.UINT8
        self._node("Transpose", [source.name], "bytes", perm=[0, 3, 1, 2])
        numbers = [
            self._constant("bytes/step", np.array(GREY[0], np.float32)),
            self._constant("bytes/zero", np.array(GREY[1], np.uint8)),
        ]
        self._node("DequantizeLinear", ["bytes", *numbers], "bytes/restored")
        for node in self._net.graph.node:
            node.input[:] = ["bytes/restored" if name == pictures else name for name in node.input]

    def model(self) -> onnx.ModelProto:
        """The net: nodes and constants that its outputs need, each node behind those that it reads."""
        graph = self._net.graph
        makers = {name: node for node in graph.node for name in node.output}
        order: list[onnx.NodeProto] = []
        done: set[str] = set()

        def visit(name: str) -> None:
            if name not in makers or makers[name].name in done:
                return
            node = makers[name]
            done.add(node.name)
            for source in node.input:
                visit(source)
            order.append(node)

        for one in graph.output:
            visit(one.name)
        needed = {name for node in order for name in node.input}
        constants = [one for one in graph.initializer if one.name in needed]
        whole = helper.make_graph(order, "movenet", graph.input, graph.output, constants)
        made = helper.make_model(
            whole, opset_imports=self._net.opset_import, ir_version=self._net.ir_version, producer_name="dance3d"
        )
        onnx.checker.check_model(made, full_check=True)
        return made


def _seen(clips: list[Path]) -> dict[str, list[NDArray[Any]]]:
    """By the net's name, some of the pictures that the detector gives it in clips."""
    from dance3d.io.onnx_net import OnnxNet
    from dance3d.io.video.reader import VideoReader
    from dance3d.stages.keypoints.detectors import movenet

    seen: dict[str, list[NDArray[Any]]] = {name: [] for name in MADE.values()}
    run = OnnxNet.__call__
    sides = {0: "movenet-multipose", 192: "movenet-lightning", 256: "movenet-thunder"}

    def watched(net: OnnxNet, pictures: NDArray[Any]) -> list[NDArray[Any]]:
        seen[sides[net.height]].append(np.array(pictures))
        return run(net, pictures)

    OnnxNet.__call__ = watched  # type: ignore[method-assign]
    for clip in clips:
        for quality in ("fast", "balanced"):
            with VideoReader(clip) as reader, movenet.MoveNet(fps=reader.info.fps, quality=quality) as detect:
                for _, frame in zip(range(FRAMES), reader, strict=False):
                    detect(frame.picture)
    return seen


def _measured(net: onnx.ModelProto, pictures: list[NDArray[Any]]) -> Ranges:
    """The least and the largest value of each tensor in pictures, of which some are drawn."""
    import onnxruntime

    names = _tensors(net)
    for name in names:
        net.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(net.SerializeToString(), providers=["CPUExecutionProvider"])
    found: list[NDArray[np.float32]] = []
    for picture in _some(pictures):
        values = session.run(names, {"pictures": picture.astype(np.int32)})
        found.append(np.array([[value.min(), value.max()] for value in values]))
    ends = np.stack(found)
    return {
        name: (float(low), float(high))
        for name, low, high in zip(names, ends[..., 0].min(0), ends[..., 1].max(0), strict=True)
    }


def _some(pictures: list[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    drawn = np.random.default_rng(0).permutation(len(pictures))[:PICTURES]
    return (pictures[number] for number in sorted(drawn))


if __name__ == "__main__":
    sys.exit(main())
