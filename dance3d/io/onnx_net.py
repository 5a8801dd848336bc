"""A net in an ONNX file, run by onnxruntime: on the CPU, or on a GPU by the name of its programming interface."""

from __future__ import annotations

import logging
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.io.device_choice import device_choice
from dance3d.io.kept_nets import KeptNets
from dance3d.io.operating_system import usable_cores

log = logging.getLogger(__name__)
PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
"""Devices by name. A wheel of onnxruntime has the CPU and, on macOS, CoreML; onnxruntime-gpu and onnxruntime-directml
have the others."""
AUTOMATIC = ("cuda", "directml")  # only who wants them installs their wheels; CoreML is used where it is asked for
MOST_THREADS = 4  # chosen: the nets are small, and more threads wait for each other
TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}
LAYOUTS = {"NCHW": (1, 2, 3), "NHWC": (3, 1, 2)}  # axes of colours, rows and columns


class OnnxNet:
    """A net that maps pictures to arrays.

    Args:
        path: the ONNX file; its first input is a batch of pictures with three colours.
        device: ``auto`` (as ``device_choice`` says; by itself a GPU where the installed onnxruntime can use one, else
            the CPU, with a warning if there is a GPU of NVIDIA), or a name of ``PROVIDERS``.
        layout: of the pictures, ``NCHW`` or ``NHWC``.
        any_size: whether the net may take pictures of several sizes.
        threads: of the CPU; none: ``OMP_NUM_THREADS``, or one for each core that this process may use, up to
            ``MOST_THREADS``.

    Attributes:
        height, width: of the pictures, pixels; 0 where the net takes several.

    Raises:
        ValueError: no net that onnxruntime can run, pictures of another layout or size, or a device that is not there.
    """

    def __init__(
        self,
        path: Path,
        device: str = "auto",
        *,
        layout: str = "NCHW",
        any_size: bool = False,
        threads: int | None = None,
    ) -> None:
        self._session = kept_session(path, device, threads)
        first = self._session.get_inputs()[0]
        shape = [side if isinstance(side, int) else 0 for side in first.shape]
        colours, rows, columns = LAYOUTS[layout]
        fits = len(shape) == 4 and shape[colours] == 3 and first.type in TYPES
        if not fits or not (any_size or (shape[rows] and shape[columns])):
            size = "" if any_size else " of a fixed size"
            form = layout.replace("C", "3").translate({ord(axis): f"{axis}, " for axis in "NHW3"}).rstrip(", ")
            raise ValueError(f"{path} takes {first.type} {first.shape}, expected pictures ({form}){size}")
        self._name, self._type, self._batch = first.name, TYPES[first.type], shape[0]
        self.height, self.width = shape[rows], shape[columns]

    def __call__(self, pictures: NDArray[Any]) -> list[NDArray[Any]]:
        """Run the net.

        Args:
            pictures: (N, 3, height, width), or (N, height, width, 3) with the layout NHWC, of any type that the net's
                own holds; any N, also where the net takes batches of one size only.

        Returns:
            Its outputs, (N, ...) each, float32 where they are floating.
        """
        step = self._batch or max(len(pictures), 1)
        parts = []
        for start in range(0, len(pictures), step):
            part = np.ascontiguousarray(pictures[start : start + step], self._type)
            count = len(part)
            if count < step:
                part = np.concatenate([part, np.zeros((step - count, *part.shape[1:]), part.dtype)])
            parts.append([array[:count] for array in self._session.run(None, {self._name: part})])
        whole = parts[0] if len(parts) == 1 else [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return [array.astype(np.float32) if array.dtype == np.float16 else array for array in whole]


_KEPT = KeptNets[Any]()


def kept_session(path: Path, device: str = "auto", threads: int | None = None) -> Any:
    """As ``open_session``, but once in this process for the same file and the same choices.

    Args:
        path: the ONNX file.
        device: as of ``OnnxNet``.
        threads: as of ``OnnxNet``.

    Raises:
        OSError: the file cannot be read.
        ValueError: as ``open_session``.
    """
    how = (device, device_choice(), threads or cores()) if threads != 0 else threads
    return _KEPT.get(path, how, lambda: open_session(path, device, threads))


def open_session(path: Path, device: str = "auto", threads: int | None = None) -> Any:
    """An onnxruntime session of a file, whatever its inputs are.

    Args:
        path: the ONNX file.
        device: as of ``OnnxNet``.
        threads: as of ``OnnxNet``.

    Raises:
        ValueError: no net that onnxruntime can run, or a device that is not known or not there.
    """
    import onnxruntime

    if device not in ("auto", *PROVIDERS):
        raise ValueError(f"device {device!r} is not known; choose from auto, {', '.join(PROVIDERS)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads {threads} must be 1 or more")
    available = onnxruntime.get_available_providers()
    choice, _, number = device_choice().partition(":")
    names = (device,) if device != "auto" else AUTOMATIC if choice == "auto" else (choice,)
    wanted = [name for name in names if PROVIDERS[name] in available]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = threads or cores()
    # threads that spin while they wait take the core from whoever has work: decoding, tracking, other processes
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    gpus = [(PROVIDERS[name], {"device_id": number or "0"}) for name in wanted if name != "cpu"]
    providers = [*(gpus if number else (name for name, _ in gpus)), PROVIDERS["cpu"]]
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions have no common base class
        if not type(error).__module__.startswith("onnxruntime"):
            raise
        raise ValueError(f"{path} cannot be run by onnxruntime: {error}") from error
    used = session.get_providers()
    if device != "auto" and PROVIDERS[device] not in used:
        raise ValueError(
            f"device {device!r} was asked for, but onnxruntime cannot use it; here it can use "
            f"{', '.join(name for name, provider in PROVIDERS.items() if provider in available)}"
        )
    if device == "auto" and choice != "cpu" and used == [PROVIDERS["cpu"]] and (wanted or shutil.which("nvidia-smi")):
        _warn_of_gpu()
    return session


@cache
def _warn_of_gpu() -> None:
    """Once in a process, however many nets there are."""
    log.warning("onnxruntime cannot use the GPU; its nets run on the CPU. The wheel onnxruntime-gpu can use it")


def cores() -> int:
    """Threads of a net where none are told: as ``OMP_NUM_THREADS`` says, else the cores that this process may use."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdecimal() and int(said):
        return int(said)
    return min(usable_cores(), MOST_THREADS)
