"""Plots of a lifter's error: by joint, frame, depth and genre."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dance3d.metrics import Breakdown
from dance3d.skeleton import H36M17
from dance3d.visualization.plots import bars, curve, histogram
from dance3d.visualization.skeleton import Image, joint_colour

LEGS, ARMS = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")
# From the top of the body to its feet, so that neighbours in the plot are neighbours in the body.
ORDER = (
    *("head", "nose", "thorax", "spine", "pelvis"),
    *(f"{side}_{part}" for part in (*ARMS, *LEGS) for side in ("left", "right")),
)


def error_pictures(found: Breakdown, genres: Sequence[str], takes: str) -> dict[str, Image]:
    """Plots of MPJPE by joint, by frame, by depth and by genre.

    Args:
        found: of ``ErrorBy``, 17 joints.
        genres: names of its groups, in order; without names there is no plot of them.
        takes: which takes these are, for the titles.

    Returns:
        ``error_by_joint``, ``error_by_frame``, ``error_by_depth`` and ``error_by_genre``, RGB images.
    """
    joint, frame, depth, edges, group = (np.atleast_1d(values.cpu().numpy()) for values in found)
    unit = f"MPJPE, mm, {takes}"
    by_joint = {name.replace("_", " "): float(joint[H36M17.index(name)]) for name in ORDER}
    colours = {name.replace("_", " "): joint_colour(name) for name in ORDER}
    behind = "true depth of the joint behind (+) or in front of (-) the pelvis, m"
    out = {
        "error_by_joint": bars(by_joint, "Error by joint", unit, colours),
        "error_by_depth": histogram(edges.tolist(), depth.tolist(), "Error by depth", unit, behind),
    }
    if len(frame):
        places = range(1, len(frame) + 1)
        out["error_by_frame"] = curve(places, frame.tolist(), "Error by frame", unit, "frame of the sequence")
    if genres:
        named = {genre or "unnamed": float(group[number]) for number, genre in enumerate(genres[: len(group)])}
        out["error_by_genre"] = bars(named, "Error by genre", unit, digits=1)
    return out
