"""Where a person is in front of the camera, from keypoints alone: the trajectory net of semi-supervised training."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from dance3d.stages.lift.model import Lifter

_METRES = 5.0  # distance of a person whose size in the picture is the typical one of ``model.encode``


class Trajectory(Lifter):
    """(B, T, 3 J + 1) features of ``model.encode`` to (B, T - receptive + 1, 1, 3) metres: the root, virtual camera.

    A net of the pose net's shape that shares no weight with it. The root is about as far as a person of common size
    would be, and near the middle of the virtual camera's picture; the net says how far it is off. So the same person
    twice as far, half as large in the picture, is placed twice as far.

    Source: Pavllo et al., CVPR 2019, section 4 (trajectory model).
    """

    def __init__(self, width: int, taps: Sequence[int], dropout: float, causal: bool = False) -> None:
        super().__init__(width, taps, dropout, causal)
        self.leave = nn.Linear(width, 3)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def answer(self, x: Tensor, features: Tensor) -> Tensor:
        """Depth as a factor of what the person's size says, and place beside the axis as a share of depth."""
        side, factor = self.leave(self.norm(x)).float().split((2, 1), -1)
        size = self.inner(features)[..., -1:].float()
        depth = _METRES * (factor.clamp(-3, 3) - size).exp()
        root: Tensor = functional.pad(side, (0, 1), value=1.0) * depth
        return root[:, :, None]
