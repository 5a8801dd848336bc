"""Points in space from several cameras, for training: many scenes at once, and finite whatever the cameras see."""

from __future__ import annotations

import torch
from torch import Tensor

from dance3d.geometry.precision import exact, in_full_precision

LEAST = 1e-3
"""Smallest part of the normal equations that counts as known: two equal rays at an angle of 3.6 degrees have it."""
_NEAR = 0.1  # metres, the least depth of a point that counts: rays from one place meet in the camera
_AHEAD = 4.0  # metres before the cameras, where a person is taken to be if all look the same way


@in_full_precision
def triangulate(
    rays: Tensor, extrinsics: Tensor, weight: Tensor | None = None, prior: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The linear triangulation of ``geometry.triangulation.triangulate`` with a gradient that stays finite.

    Where the rays do not determine a point (one camera, all from one place, parallel, no weight), just enough of a pull
    towards ``prior`` is added that they do: the point is then the one of the ray, or of the bundle, nearest to it.

    Args:
        rays: (..., V, J, 2) tangents (x/z, y/z) in each camera's frame; not finite where not seen.
        extrinsics: (..., V, 3, 4) world to camera, metres.
        weight: (..., V, J) of each ray, 0 or more; ones if not given.
        prior: (..., J, 3) or (..., 1, 3) metres, world; if not given, where the cameras' axes meet.

    Returns:
        (..., J, 3) metres, world, in the type of ``rays`` (at least float32). And (..., J), true where the rays alone
        determine the point and it lies 10 cm or more before every camera whose ray has weight.

    Raises:
        ValueError: the shapes do not fit each other.

    Source: Hartley & Zisserman, Multiple View Geometry, section 12.2, with the last coordinate held at 1; weights as in
        Yang et al., Mask as Supervision, ECCV 2024, equation 10.
    """
    if rays.ndim < 3 or rays.shape[-1] != 2 or extrinsics.shape != (*rays.shape[:-2], 3, 4):
        raise ValueError(
            f"rays have shape {tuple(rays.shape)}, cameras {tuple(extrinsics.shape)}; "
            "expected (..., V, J, 2) and (..., V, 3, 4)"
        )
    kind = rays.dtype if rays.dtype == torch.float64 else torch.float32
    seen, camera = rays.isfinite().all(-1), exact(extrinsics)
    place = exact(torch.where(seen[..., None], rays, 0))
    strength = exact(seen) if weight is None else exact(torch.where(seen, weight, 0))
    if prior is None:
        prior = _meeting(camera)
    point, known = _nearest(place, camera, strength, exact(prior))
    depth = (camera[..., 2:, :3] * point.detach()[..., None, :, :]).sum(-1) + camera[..., 2:, 3]  # (..., V, J)
    return point.to(kind), known & ((depth > _NEAR) | (strength == 0)).all(-2)


def _meeting(camera: Tensor) -> Tensor:
    """(..., 1, 3) nearest to the axes of all cameras (..., V, 3, 4)."""
    turn, shift = camera[..., :3], camera[..., 3:]
    ahead = torch.zeros_like(shift)
    ahead[..., 2, 0] = _AHEAD
    before = (turn.transpose(-1, -2) @ (ahead - shift)).mean(-3).transpose(-1, -2)
    axes = torch.zeros_like(camera[..., :1, :2])
    return _nearest(axes, camera, torch.ones_like(axes[..., 0]), before)[0]


def _nearest(rays: Tensor, camera: Tensor, weight: Tensor, prior: Tensor) -> tuple[Tensor, Tensor]:
    """Points (..., J, 3) nearest to rays, and where (..., J) no prior was needed."""
    rows = rays[..., None] * camera[..., None, 2:, :] - camera[..., None, :2, :]
    square = weight.square()
    system = torch.einsum("...vjra,...vjrb,...vj->...jab", rows, rows, square)
    system = system / square.sum(-2).clamp_min(1e-12)[..., None, None]
    normal, right = system[..., :3], -system[..., :3, 3]
    normal = normal[..., :3, :]
    # The smallest eigenvalue is no less than the determinant by the square of half the trace: tight where one is small.
    trace = normal.diagonal(dim1=-2, dim2=-1).sum(-1).clamp_min(1e-12)
    smallest = 4 * _inverse(normal)[1] / trace.square()
    ridge = (LEAST - smallest).clamp_min(0)[..., None]
    columns, determinant = _inverse(normal + ridge[..., None] * torch.eye(3, dtype=rows.dtype, device=rows.device))
    rest = right - (normal * prior[..., None, :]).sum(-1)
    return prior + (columns * rest[..., None]).sum(-2) / determinant[..., None], smallest > LEAST


def _inverse(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """Adjugate (..., 3, 3) and determinant (...) of symmetric matrices (..., 3, 3)."""
    first, second, third = symmetric.unbind(-2)
    adjugate = torch.stack(
        [torch.linalg.cross(*pair) for pair in ((second, third), (third, first), (first, second))], -2
    )
    return adjugate, (first * adjugate[..., 0, :]).sum(-1)
