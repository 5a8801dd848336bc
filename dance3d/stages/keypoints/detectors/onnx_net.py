"""A net in an ONNX file, run by onnxruntime on the best device there is."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.float32]
log = logging.getLogger(__name__)
GPU, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class OnnxNet:
    """A net that maps pictures to arrays.

    Args:
        path: the ONNX file; its first input is a batch of pictures (N, 3, H, W).
        device: ``auto`` (the GPU where onnxruntime can use one, else the CPU, with a warning if there is a GPU),
            ``cpu`` or ``cuda``.

    Attributes:
        height, width: of the pictures, pixels.

    Raises:
        ValueError: no net that onnxruntime can run, pictures of no fixed size, or no GPU where one was asked for.
    """

    def __init__(self, path: Path, device: str = "auto") -> None:
        import onnxruntime

        if device not in ("auto", "cpu", "cuda"):
            raise ValueError(f"device {device!r} is not known; choose from auto, cpu, cuda")
        available = GPU in onnxruntime.get_available_providers()
        wanted = [GPU, CPU] if available and device != "cpu" else [CPU]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=wanted)
        except Exception as error:  # onnxruntime's exceptions have no common base class
            if not type(error).__module__.startswith("onnxruntime"):
                raise
            raise ValueError(f"{path} cannot be run by onnxruntime: {error}") from error
        if GPU not in self._session.get_providers():
            if device == "cuda":
                raise ValueError("device 'cuda' was asked for, but onnxruntime cannot use it; is onnxruntime-gpu here?")
            if device == "auto" and (available or shutil.which("nvidia-smi")):
                log.warning("onnxruntime cannot use the GPU; %s runs on the CPU", Path(path).name)
        first_input = self._session.get_inputs()[0]
        shape = first_input.shape
        if len(shape) != 4 or shape[1] != 3 or not all(isinstance(side, int) for side in shape[2:]):
            raise ValueError(f"{path} takes {shape}, expected pictures (N, 3, H, W) of a fixed size")
        self._name, self._type = first_input.name, np.float16 if first_input.type == "tensor(float16)" else np.float32
        self._batch = shape[0] if isinstance(shape[0], int) else None
        self.height, self.width = int(shape[2]), int(shape[3])

    def __call__(self, pictures: Pictures) -> list[NDArray[np.floating]]:
        """Run the net.

        Args:
            pictures: (N, 3, height, width); any N, also where the net takes batches of one size only.

        Returns:
            Its outputs, (N, ...) each, float32 where they are floating.
        """
        step = self._batch or max(len(pictures), 1)
        parts = []
        for start in range(0, len(pictures), step):
            part = pictures[start : start + step].astype(self._type)
            full = np.concatenate([part, np.zeros((step - len(part), *part.shape[1:]), part.dtype)])
            parts.append([array[: len(part)] for array in self._session.run(None, {self._name: full})])
        whole = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return [array.astype(np.float32) if array.dtype == np.float16 else array for array in whole]
