"""The trajectory net of semi-supervised training: the position of a person before the camera, from keypoints."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from dance3d.stages.lift.model import Lifter

_METRES = 5.0  # distance of a person whose size in the image is the typical one of ``model.encode``


class Trajectory(Lifter):
    """(B, T, 3 J + 1) features of ``model.encode`` to (B, T - receptive + 1, 1, 3) metres: the root, virtual camera.

    The net has the pose net's structure and its own weights. It predicts how far the root differs from the position
    that a person of average size would have on the axis of the virtual camera. The same person at twice the distance,
    half as large in the image, is therefore placed twice as far away.

    Source: Pavllo et al., CVPR 2019, section 4 (trajectory model).
    """

    def __init__(self, width: int, taps: Sequence[int], dropout: float, causal: bool = False) -> None:
        super().__init__(width, taps, dropout, causal)
        self.leave = nn.Linear(width, 3)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """Depth relative to the depth that the person's size suggests, and offset from the axis as a share of depth."""
        side, factor = self.leave(self.norm(x)).float().split((2, 1), -1)
        size = self.inner(features)[..., -1:].float()
        depth = _METRES * (factor.clamp(-3, 3) - size).exp()
        root: Tensor = functional.pad(side, (0, 1), value=1.0) * depth
        return root[:, :, None]
