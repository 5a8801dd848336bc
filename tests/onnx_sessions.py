"""Nets that were written as ONNX, run by onnxruntime on the CPU."""

import json

import pytest


def written(export, weights, path):
    """Write a net; a function from arrays by name to the outputs by name, and the metadata."""
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    export(weights, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    told = session.get_modelmeta().custom_metadata_map
    return lambda **inputs: dict(zip(names, session.run(None, inputs), strict=True)), told


def listed(told, name):
    return json.loads(told[name])
