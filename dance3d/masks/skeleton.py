"""The mask of a body drawn from its joints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dance3d.masks.raster import Raster
from dance3d.skeleton import H36M17, MASK_LINES

WIDTH = 0.003**0.5
"""Of a line, where 1 is half of the picture's side: 7 pixels of 256."""
_FAR = 1e4  # halves of a picture's side, where no joint can be
_ARM = {f"{side}_{joint}" for side in ("left", "right") for joint in ("elbow", "wrist")}


@dataclass(frozen=True)
class Lines:
    """Lines between joints.

    Attributes:
        pairs: columns of both joints of every line.
        sigma: width of every line; 1 is half of the picture's side.
    """

    pairs: tuple[tuple[int, int], ...]
    sigma: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.pairs or len(self.pairs) != len(self.sigma) or min(self.sigma) <= 0:
            raise ValueError(f"{len(self.pairs)} lines have {len(self.sigma)} widths; expected as many, more than 0")

    def ends(self, xy: Tensor) -> tuple[Tensor, Tensor]:
        """(..., J, 2) joints to the (..., L, 2) of both ends."""
        one, other = torch.tensor(self.pairs, device=xy.device).unbind(1)
        return xy[..., one, :], xy[..., other, :]


def lines(arms: bool = True, width: float = WIDTH) -> Lines:
    """The lines of a body: bones, and what fills its trunk and hips.

    Args:
        arms: upper and lower arms too; the cascade begins without.
        width: of every line but the arms', which are thinner by the square root of 2.

    Source: Yang et al., Mask as Supervision, ECCV 2024, section 3 (bones and cascade); widths of its successor's code.
    """
    chosen = [line for line in MASK_LINES if arms or not _ARM & set(line)]
    pairs = tuple((H36M17.index(one), H36M17.index(other)) for one, other in chosen)
    return Lines(pairs, tuple(width / 2**0.5 if _ARM & set(line) else width for line in chosen))


def dots(arms: bool = True, width: float = WIDTH) -> Lines:
    """A dot at every joint instead of lines: the paper's baseline, which cannot tell two joints apart.

    Args:
        arms: elbows and wrists too.
        width: of every dot.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equation 3.
    """
    chosen = [number for number, joint in enumerate(H36M17.joints) if arms or joint not in _ARM]
    return Lines(tuple((joint, joint) for joint in chosen), (width,) * len(chosen))


def skeleton_mask(
    xy: Tensor,
    size: int,
    lines: Lines,
    merge: Literal["max", "sum"] = "max",
    width: Tensor | None = None,
) -> Tensor:
    """Draw a body's mask: around every line exp(-d^2 / sigma^2), d the distance from its segment.

    Computed in float32, or float64 if so given, under autocast too. A line with a joint that is not finite, or
    10,000 away, is not drawn. Differentiable once, in joints and widths; where two lines are equally near, one of them
    takes the gradient.

    Args:
        xy: (..., J, 2) joints over the picture: x right, y down, -1 and 1 its edges.
        size: of the picture, S pixels.
        lines: what to draw.
        merge: the nearest line's value, 0..1, or the sum of all.
        width: (...) factor of all widths of a sample, more than 0.

    Returns:
        (..., S, S)

    Raises:
        ValueError: joints without two coordinates, an unknown merge, or a size below 1.

    Source: Yang et al., Mask as Supervision, ECCV 2024, equations 4 and 5; the maximum as in its successor's code.
    """
    if merge not in ("max", "sum"):
        raise ValueError(f"merge {merge!r} is not known; choose from max, sum")
    if xy.ndim < 2 or xy.shape[-1] != 2 or size < 1:
        raise ValueError(f"joints have shape {tuple(xy.shape)}, size is {size}; expected (..., J, 2) and 1 or more")
    exact = xy if xy.dtype == torch.float64 else xy.float()
    one, other = (end.flatten(0, -3) for end in lines.ends(exact[None]))
    there = ((one.abs() < _FAR) & (other.abs() < _FAR)).all(-1, keepdim=True)
    one, other = torch.where(there, one, _FAR), torch.where(there, other, _FAR)
    sigma = exact.new_tensor(lines.sigma).expand(one.shape[:-1])
    if width is not None:
        sigma = sigma * width.to(exact.dtype).expand(xy.shape[:-2]).reshape(-1, 1)
    drawn: Tensor = Raster.apply(one, other, sigma, size, merge == "max")  # type: ignore[no-untyped-call]
    return drawn.reshape(*xy.shape[:-2], size, size)
