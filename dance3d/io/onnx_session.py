"""Sessions of onnxruntime for the nets that are data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

MOST_THREADS = 4  # chosen: the nets are small, and more threads wait for each other


def open_session(path: Path) -> Any:
    """A session that runs the net of an ONNX file.

    Its threads sleep while they wait, so that others can decode and draw meanwhile.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = min(os.cpu_count() or 1, MOST_THREADS)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
