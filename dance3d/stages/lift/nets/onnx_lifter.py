"""Somebody else's lifter in an ONNX file, run as one of our nets, so that all are compared on the same work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dance3d.contracts import Camera
from dance3d.io.onnx_net import TYPES, kept_session
from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import JOINTS, Encoded
from dance3d.stages.lift.nets.onnx_adapter import UNITS, read_adapter

SUFFIX = ".onnx"
_WINDOWS = 256  # chosen: windows that are run at once, which bounds memory
_TYPES = {**TYPES, "tensor(double)": np.float64, "tensor(bool)": np.bool_}
Floats = NDArray[np.float64]


class OnnxLifter(nn.Module):
    """(1, T + before + after, 3 J) keypoints and presence to (1, T, J, 3) metres around the pelvis, camera frame.

    Args:
        path: of the ONNX file; what it reads and answers, a YAML file of the same name says.

    Raises:
        ValueError: no such file, no net that onnxruntime can run, or one that is not as its YAML says.
    """

    trained_proportions = False

    def __init__(self, path: Path) -> None:
        super().__init__()
        if not path.is_file():
            raise ValueError(f"{path} is no file")
        beside = path.with_suffix(".yaml")
        if not beside.is_file():
            raise ValueError(
                f"{path} needs {beside.name} beside it, which says what it reads and answers: docs/peers.md"
            )
        self.path, self.adapter = path, read_adapter(beside)
        self.fps = self.adapter.fps
        self.context = (self.adapter.before, self.adapter.after)
        self._session = kept_session(path)
        self._inputs = {one.name: one for one in self._session.get_inputs()}
        self._input, self._output = self._names()
        self._batch = self._checked()

    @property
    def known_size(self) -> bool:
        """Whether its answers have a size: else only errors that align the scale can be told."""
        return self.adapter.unit != "none"

    def read(self, rays: Tensor, present: Tensor, camera: Camera) -> Encoded:
        """Keypoints as the net wants them, all joints of the inner skeleton.

        Args:
            rays: (B, T, J, 2) tangents; finite, also where missing.
            present: (B, T, J) bool.
            camera: whose pixels are normalised.
        """
        if self.adapter.picture != "tangents":
            width, height = camera.size
            pixels = rays * camera.focal + rays.new_tensor(camera.centre)
            rays = pixels * (2 / width) - rays.new_tensor([1.0, height / width])
        features = torch.cat([rays, present[..., None].to(rays)], -1).flatten(-2)
        return Encoded(features, torch.eye(3).to(rays).expand(*rays.shape[:2], 3, 3))

    def forward(self, features: Tensor) -> Tensor:
        """Answers of one sequence; see the class."""
        points = features[0].double().cpu().numpy().reshape(features.shape[1], JOINTS, 3)
        frames = len(points) - sum(self.context)
        out = np.empty((frames, JOINTS, 3))
        size = self.adapter.frames or len(points)
        step = size - sum(self.context)
        if len(points) < size:
            points = np.concatenate([points, np.repeat(points[-1:], size - len(points), 0)])
        starts = sorted({min(start, len(points) - size) for start in range(0, frames, step)})
        for at in range(0, len(starts), _WINDOWS):
            some = starts[at : at + _WINDOWS]
            answers = self._run(np.stack([points[start : start + size] for start in some]))
            for start, answer in zip(some, answers, strict=True):
                part = out[start : start + step]
                part[:] = answer[: len(part)]
        return torch.from_numpy(out).float()[None]

    def _run(self, windows: Floats) -> Floats:
        """Windows (N, T, J, 3) of the inner skeleton to (N, T', J, 3) metres."""
        kept = windows[:, :, H36M17.indices(*self.adapter.joints)]
        seen = kept[..., 2:]
        xy = _in_box(kept[..., :2]) if self.adapter.picture == "box" else kept[..., :2]
        values = np.concatenate([xy, seen], -1) if self.adapter.score else xy
        answers = np.concatenate(
            [self._answers(values[n : n + size], seen[n : n + size]) for n in range(0, len(values), size)]
            if (size := self._batch)
            else [self._answers(values, seen)]
        )
        out = np.zeros((*answers.shape[:2], JOINTS, 3))
        out[:, :, H36M17.indices(*self.adapter.answers)] = answers * UNITS[self.adapter.unit]
        return out - out[:, :, H36M17.indices("pelvis")]

    def _answers(self, values: Floats, seen: Floats) -> Floats:
        """What the file answers, (N, T', answers, 3), in its unit.

        Args:
            values: (N, T, joints, 2 or 3).
            seen: (N, T, joints, 1).

        Raises:
            ValueError: onnxruntime cannot run it, or the answer has another shape than the YAML says, or is not finite.
        """
        count = len(values)
        if self._batch:
            spare = np.repeat(values[-1:], self._batch - count, 0), np.repeat(seen[-1:], self._batch - count, 0)
            values, seen = np.concatenate([values, spare[0]]), np.concatenate([seen, spare[1]])
        given = {self._input: self.adapter.layout.arranged(values)}
        if self.adapter.present:
            given[self.adapter.present] = seen[..., 0]
        typed: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(value, _TYPES[self._inputs[name].type]) for name, value in given.items()
        }
        try:
            found = np.asarray(self._session.run([self._output], typed)[0], np.float64)
        except Exception as error:  # onnxruntime's exceptions have no common base class
            if not type(error).__module__.startswith("onnxruntime"):
                raise
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.path} cannot be run on {_shapes(typed)}: {reason}") from error
        sizes = self._sizes(len(values), values.shape[1] - sum(self.context), len(self.adapter.answers), 3)
        wanted = self.adapter.answer_layout.shape(sizes)
        if found.shape != wanted:
            raise ValueError(f"{self.path} answers with an array {found.shape}, its YAML says {wanted}")
        if not np.isfinite(found).all():
            raise ValueError(f"{self.path} answers with values that are not finite")
        return self.adapter.answer_layout.restored(found, sizes)[:count]

    def _names(self) -> tuple[str, str]:
        """Names of the keypoints and of the answers in the file.

        Raises:
            ValueError: a name that the file lacks, or an input that the YAML says nothing of.
        """
        outputs = [one.name for one in self._session.get_outputs()]
        asked = self.adapter
        for key, name, known in (
            ("input", asked.input, list(self._inputs)),
            ("present", asked.present, list(self._inputs)),
            ("output", asked.output, outputs),
        ):
            if name and name not in known:
                raise ValueError(f"{self.path} has no {key} {name!r}, as its YAML says; choose from {', '.join(known)}")
        used = asked.input or next(name for name in self._inputs if name != asked.present)
        if other := [name for name in self._inputs if name not in (used, asked.present)]:
            raise ValueError(f"{self.path} has an input {other[0]!r} that its YAML does not name as input or present")
        return used, asked.output or outputs[0]

    def _checked(self) -> int:
        """The size of a batch that the file fixes; 0: any.

        Raises:
            ValueError: an array of another size or type than the YAML says.
        """
        asked = self.adapter
        answered = asked.frames - sum(self.context) if asked.frames else 0
        outputs = {one.name: one for one in self._session.get_outputs()}
        batch = 0
        for key, layout, one, frames, joints, numbers in (
            ("layout", asked.layout, self._inputs[self._input], asked.frames, len(asked.joints), 2 + asked.score),
            ("answer_layout", asked.answer_layout, outputs[self._output], answered, len(asked.answers), 3),
        ):
            said = layout.shape(self._sizes(0, frames, joints, numbers))
            found = [side if isinstance(side, int) else 0 for side in one.shape]
            if len(found) != len(said) or any(a and b and a != b for a, b in zip(found, said, strict=True)):
                raise ValueError(
                    f"{self.path}: {one.name} has the shape {one.shape}, its YAML's {key} {list(layout.axes)} says "
                    f"{[size or 'any' for size in said]}"
                )
            if one.type not in _TYPES:
                raise ValueError(f"{self.path}: {one.name} is of type {one.type}, expected one of {', '.join(_TYPES)}")
            if key == "layout" and "B" in layout.axes:
                batch = found[layout.axes.index("B")]
        return batch

    @staticmethod
    def _sizes(batch: int, frames: int, joints: int, numbers: int) -> dict[str, int]:
        return {"B": batch, "T": frames, "J": joints, "C": numbers}


def _in_box(xy: Floats) -> Floats:
    """(N, T, J, 2) with the larger side of the box around each window's joints at -1 to 1, its middle at 0."""
    low, high = xy.min((1, 2), keepdims=True), xy.max((1, 2), keepdims=True)
    side = np.maximum((high - low).max(-1, keepdims=True), 1e-9)
    return np.asarray((xy - (low + high) / 2) * 2 / side)


def _shapes(given: dict[str, NDArray[Any]]) -> str:
    return ", ".join(f"{name} {value.shape}" for name, value in given.items())
