"""Nets as ONNX files that tell what they are, for programs without torch."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from dance3d.io.file_hash import hash_file
from dance3d.skeleton import H36M17

OPSET = 17


def need_onnx() -> None:
    """See that ONNX can be written.

    Raises:
        ValueError: the package onnx is not installed.
    """
    if find_spec("onnx") is None:
        raise ValueError("writing ONNX needs the package onnx, which is not installed: pip install 'dance3d[onnx]'")


def write_onnx(
    net: nn.Module,
    path: Path,
    inputs: Mapping[str, Tensor],
    axes: Mapping[str, Sequence[str]],
    told: Mapping[str, Any],
    weights: Path,
) -> None:
    """Write a net as ONNX, with metadata.

    Args:
        net: whose ``forward`` takes the inputs and returns a tuple of the outputs.
        path: of the file.
        inputs: examples by name, in order.
        axes: names of the axes of any length, by name of an input or an output, from the first axis on; outputs are in
            order.
        told: what a user of the file needs to know, as JSON can hold it; each becomes one entry of the metadata.
        weights: file that the net is from.

    Raises:
        ValueError: the package onnx is not installed.
    """
    need_onnx()
    import onnx

    with warnings.catch_warnings(), torch.no_grad():
        # torch's newer exporter needs onnxscript; the warnings are about checks of shapes, and about LSTMs of one
        # batch size, which a test holds for any
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=TracerWarning)
        warnings.filterwarnings("ignore", message="Constant folding")
        warnings.filterwarnings("ignore", message="Exporting a model to ONNX with a batch_size other than 1")
        torch.onnx.export(
            net.eval(),
            tuple(inputs.values()),
            path,
            input_names=list(inputs),
            output_names=[name for name in axes if name not in inputs],
            dynamic_axes={name: dict(enumerate(names)) for name, names in axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(path))
    common = {"dance3d": version("dance3d"), "skeleton": H36M17.name, "joints": list(H36M17.joints)}
    for name, value in {**common, "weights_sha256": hash_file(weights), **told}.items():
        text = value if isinstance(value, str) else json.dumps(value)
        model.metadata_props.append(onnx.StringStringEntryProto(key=name, value=text))
    onnx.save(model, str(path))
