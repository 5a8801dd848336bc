"""One person seen by several calibrated cameras at once: the detector's pictures, triangulated."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry import triangulate
from dance3d.io.crops import Crop
from dance3d.skeleton import H36M17
from dance3d.stages.detect.model import Detector
from dance3d.stages.detect.watch import read

MOST_VIEWS = 6
"""Cameras whose sides are all tried both ways; of more, every one is compared with those before."""
Floats = NDArray[np.float64]


def detect_views(net: Detector, crops: Sequence[Sequence[Crop | None]]) -> Floats:
    """Joints in the world from what the detector sees in every view.

    A view in which left and right are exchanged contradicts the others: of all ways to take them, the one whose joints
    fall nearest to what the views show counts; and of a way and its opposite, the one that fewer views contradict.

    Args:
        net: the detector.
        crops: V cameras of T crops; none where a camera does not see the person.

    Returns:
        (T, 17, 3) metres, world; NaN where fewer than two cameras at different places see the person.

    Raises:
        ValueError: cameras with different numbers of crops.
    """
    if len({len(view) for view in crops}) > 1:
        raise ValueError(f"cameras have {sorted({len(view) for view in crops})} crops, expected the same number")
    frames = len(crops[0]) if crops else 0
    out = np.full((frames, len(H36M17.joints), 3), np.nan)
    for frame in range(frames):
        known = [crop for view in crops if (crop := view[frame]) is not None]
        if len(known) > 1:
            found = read(net, np.stack([c.image for c in known]), np.stack([c.mask for c in known]))
            half = np.array([net.config["size"] / (2 * c.focal) for c in known])[:, None]
            rays = found.xyz[..., :2].double().numpy() * half[..., None]
            trust = 1 / np.maximum(found.spread.double().numpy() * half, 1e-6)
            out[frame] = together(rays, np.stack([c.extrinsics for c in known]), trust / trust.max())
    return out


def together(rays: Floats, extrinsics: Floats, trust: Floats) -> Floats:
    """(17, 3) joints, metres, world, from (V, 17, 2) tangents whose sides may be exchanged.

    Args:
        rays: (V, 17, 2) tangents in each camera's frame.
        extrinsics: (V, 3, 4) world to camera, metres.
        trust: (V, 17) in each ray.
    """
    views, swap = len(rays), H36M17.swap
    flips: tuple[bool, ...] = ()
    for count in range(min(views, MOST_VIEWS), views + 1):
        more = product((False, True), repeat=count - len(flips))
        tried = [flips + rest for rest in more]
        scores = []
        for way in tried:
            seen = _turned(rays[:count], way, swap)
            weight = np.where(np.array(way)[:, None], trust[:count, swap], trust[:count])
            joints = triangulate(seen, extrinsics[:count], weight)
            # What one view alone contradicts counts a little: of a way and its opposite the one with fewer flips wins.
            scores.append(_miss(joints, seen, extrinsics[:count], weight) * (1 + 1e-3 * sum(way)) + 1e-9 * sum(way))
        flips = tried[int(np.argmin(scores))]
    weight = np.where(np.array(flips)[:, None], trust[:, swap], trust)
    return triangulate(_turned(rays, flips, swap), extrinsics, weight)


def _turned(rays: Floats, way: Sequence[bool], swap: list[int]) -> Floats:
    return np.where(np.array(way)[:, None, None], rays[:, swap], rays)


def _miss(joints: Floats, rays: Floats, extrinsics: Floats, weight: Floats) -> float:
    """Weighted mean distance between what views show and where joints fall in them, a tangent; infinite if nowhere."""
    local = np.einsum("vij,nj->vni", extrinsics[..., :3], joints) + extrinsics[:, None, :, 3]
    ahead = local[..., 2] > 0
    seen = local[..., :2] / np.where(ahead, local[..., 2], np.nan)[..., None]
    off = np.linalg.norm(seen - rays, axis=-1)
    used = np.isfinite(off)
    return float((weight * np.where(used, off, 1.0)).sum() / weight.sum())
