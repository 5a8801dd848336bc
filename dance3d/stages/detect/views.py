"""One person seen by several calibrated cameras at once: the detector's pictures, triangulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from dance3d.io.crops import Crop
from dance3d.skeleton import H36M17
from dance3d.stages.detect.consensus import agree
from dance3d.stages.detect.model import Detector
from dance3d.stages.detect.watch import read

Floats = NDArray[np.float64]


def detect_views(net: Detector, crops: Sequence[Sequence[Crop | None]]) -> Floats:
    """Joints in the world from what the detector sees in every view, sides put right by all of them together.

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
            half = torch.tensor([[net.config["size"] / (2 * c.focal) for c in known]])
            extrinsics = torch.from_numpy(np.stack([c.extrinsics for c in known]))[None]
            there = torch.ones_like(half, dtype=torch.bool)
            said = agree(found.xyz[None].double(), found.spread[None].double(), half.double(), extrinsics, there)
            out[frame] = torch.where(said.sure[0, :, None], said.world[0], torch.nan).numpy()
    return out
