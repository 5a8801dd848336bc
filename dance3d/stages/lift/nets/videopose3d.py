"""VideoPose3D's own structure, so that its published weights run here and its recipe can be trained.

Expand: convolution, batch norm, ReLU, dropout. Each block has a dilated convolution and one of a single tap, each with
batch norm, ReLU and dropout, beside a residual. Then shrink to the joints. Parameters have the names that they have in
VideoPose3D's files. Source: Pavllo et al., "3D human pose estimation in video with temporal convolutions and
semi-supervised training", CVPR 2019, section 3 and figure 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from dance3d.contracts import Camera
from dance3d.skeleton import H36M17
from dance3d.stages.lift.model import Encoded
from dance3d.stages.lift.nets.temporal import Temporal, answered_frames, convolve

JOINTS = len(H36M17.joints)


class _Convolution(nn.Conv1d):
    """Convolution over time of (B, T, C) as one matrix product; its weight has the shape of ``nn.Conv1d``'s.

    In memory the weight lies tap by tap, as the product reads it, so that no step needs to transpose it.
    """

    def __init__(self, inputs: int, outputs: int, taps: int, bias: bool = False) -> None:
        super().__init__(inputs, outputs, taps, bias=bias)
        self.taps = taps
        self.weight = nn.Parameter(self.weight.detach().transpose(1, 2).contiguous().transpose(1, 2))

    def over(self, x: Tensor, dilation: int | None) -> Tensor:
        """(B, T, C) to (B, T', C'); see ``temporal.convolve``."""
        return convolve(x, self.weight.transpose(1, 2).flatten(1), self.bias, self.taps, dilation)


class VideoPose3D(Temporal):
    """(B, T, 2 J) normalised keypoints to (B, T - receptive + 1, outputs, 3) metres, camera frame.

    Args:
        width: channels.
        taps: filter widths, odd; their product is the receptive field.
        dropout: share of channels dropped in training.
        causal: read past frames only.
        joints: keypoints per frame.
        outputs: joints per answer: those of the body, or 1 for the trajectory.
        fps: frame rate that clips are brought to; their own if none, as VideoPose3D takes them.

    Raises:
        ValueError: a filter width that is even or below 1.
    """

    trained_proportions = False

    def __init__(
        self,
        width: int = 1024,
        taps: Sequence[int] = (3, 3, 3),
        dropout: float = 0.25,
        causal: bool = False,
        joints: int = JOINTS,
        outputs: int = JOINTS,
        fps: float | None = None,
    ) -> None:
        super().__init__(taps, causal)
        self.fps = fps
        self.config: dict[str, Any] = {
            "net": "videopose3d",
            **{"width": width, "taps": list(taps), "dropout": dropout, "causal": causal},
            **{"joints": joints, "outputs": outputs, "fps": fps},
        }
        self.dropout = nn.Dropout(dropout)
        self.expand_conv = _Convolution(2 * joints, width, taps[0])
        self.expand_bn = nn.BatchNorm1d(width)
        kinds = [kind for t in taps[1:] for kind in (t, 1)]
        self.layers_conv = nn.ModuleList(_Convolution(width, width, kind) for kind in kinds)
        self.layers_bn = nn.ModuleList(nn.BatchNorm1d(width) for _ in kinds)
        self.shrink = _Convolution(width, 3 * outputs, 1, bias=True)

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor], causal: bool = False) -> Self:
        """The net of a VideoPose3D state dict, in evaluation mode; a state dict does not contain ``causal``.

        Raises:
            ValueError: names or shapes that are not VideoPose3D's.
        """
        for name, value in state.items():
            if not (isinstance(name, str) and isinstance(value, Tensor) and value.isfinite().all()):
                raise ValueError(f"no weights of VideoPose3D: {name} is no array or not finite")
        name = "expand_conv.weight"
        if name not in state or "shrink.weight" not in state or state[name].ndim != 3:
            raise ValueError(f"no weights of VideoPose3D: {name} or shrink.weight is missing or has another shape")
        width, inputs, first = state[name].shape
        taps = [first]
        while (name := f"layers_conv.{2 * len(taps) - 2}.weight") in state:
            taps.append(state[name].shape[-1])
        net = cls(width, taps, causal=causal, joints=inputs // 2, outputs=len(state["shrink.weight"]) // 3)
        wanted = net.state_dict()
        # Files of torch before 0.4.1 have no such counters, and nothing but training reads them.
        found = {k: v for k, v in wanted.items() if k.endswith("num_batches_tracked")} | dict(state)
        if wrong := sorted(wanted.keys() ^ found.keys()):
            raise ValueError(f"no weights of VideoPose3D: missing or unknown {', '.join(wrong)}")
        for key, value in wanted.items():
            if value.shape != found[key].shape:
                raise ValueError(f"{key} has shape {tuple(found[key].shape)}, expected {tuple(value.shape)}")
        net.load_state_dict(found)
        return net.eval()

    def momentum(self, done: float) -> None:
        """Set the batch norms' momentum at a share ``done`` of training: from 0.1 down to 0.001, geometrically.

        Source: VideoPose3D's ``run.py``.
        """
        for norm in (self.expand_bn, *self.layers_bn):
            assert isinstance(norm, nn.BatchNorm1d)
            norm.momentum = 0.1 * math.exp(-done * math.log(100))

    def read(self, rays: Tensor, present: Tensor, camera: Camera) -> Encoded:
        """Keypoints normalised as VideoPose3D reads them: x / w 2 - 1, y / w 2 - h / w.

        The net answers in the camera's own frame.

        Args:
            rays: (B, T, J, 2) tangents; finite, also where missing.
            present: (B, T, J) bool; not used here.
            camera: whose pixels are normalised.
        """
        width, height = camera.size
        pixels = rays * camera.focal + rays.new_tensor(camera.centre)
        normalised = pixels * (2 / width) - rays.new_tensor([1.0, height / width])
        return Encoded(normalised.flatten(-2), torch.eye(3).to(rays).expand(*rays.shape[:2], 3, 3))

    def layer(self, number: int, x: Tensor, dilation: int | None) -> Tensor:
        """Expand, then residual blocks of two convolutions.

        Args:
            number: of the layer, from 0.
            x: (B, T, C) input.
            dilation: frames between taps; None for taps side by side without overlap.
        """
        if number == 0:
            return self._active(self.expand_bn, self.expand_conv.over(x, dilation))
        at = 2 * number - 2
        y = x
        for one, apart in ((at, dilation), (at + 1, 1)):
            convolution = self.layers_conv[one]
            assert isinstance(convolution, _Convolution)
            y = self._active(self.layers_bn[one], convolution.over(y, apart))
        return answered_frames(x, self.taps[number], dilation, self.causal) + y

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """Shrink to joints."""
        flat: Tensor = self.shrink.over(x, 1).float()
        return flat.view(*flat.shape[:2], -1, 3)

    def _active(self, norm: nn.Module, x: Tensor) -> Tensor:
        out: Tensor = self.dropout(functional.relu(norm(x.flatten(0, 1)), inplace=True))
        return out.view_as(x)
