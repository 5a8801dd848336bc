"""Similarity of two bodies by joints and colours; positions and sizes; numbers for dancers by order of appearance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts.detections import Detections
from dance3d.geometry import boxes
from dance3d.skeleton import H36M17, SIGMAS
from dance3d.stages.keypoints.clean import longest_bone

Float = NDArray[np.floating]
KAPPA = 2 * np.array([SIGMAS[joint] for joint in H36M17.joints], np.float32)
BODY_AREA = 1.8
"""A body's area in squares of its longest bone. Chosen: half of the box of a standing body, as of COCO's masks."""
TRUNK = H36M17.indices("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def oks(a: Float, b: Float, weight: Float, size: Float, spread: Float | float = 0.0) -> NDArray[np.float32]:
    """Object keypoint similarity (COCO's keypoint evaluation), 0..1.

    Args:
        a: (..., 17, 2) pixels, NaN where missing.
        b: the other body, likewise.
        weight: (..., 17) of each joint: COCO's visibility flags as numbers from 0 to 1.
        size: (...) longest bone, pixels.
        spread: (...) standard deviation of one body's position, in units of ``size``; 0 is COCO's definition.

    Returns:
        (...) 0 where the two have no joint in common.
    """
    distance = ((a - b) ** 2).sum(-1) / (size**2)[..., None]
    valid = np.isfinite(distance)
    scale = 2 * (BODY_AREA * KAPPA**2 + np.square(spread)[..., None])
    closeness = np.exp(-np.where(valid, distance, 0) / scale)
    weights = np.where(valid, weight, 0)
    return np.asarray((closeness * weights).sum(-1) / np.maximum(weights.sum(-1), 1e-6), np.float32)


def colour_distance(a: Float, b: Float) -> NDArray[np.float32]:
    """Hellinger distance of two histograms, given as square roots (..., C): 0..1, NaN where unknown."""
    return np.asarray(np.sqrt(np.maximum(1 - (a * b).sum(-1), 0)), np.float32)


def normalized(colour: Float) -> NDArray[np.floating]:
    """Sums of square roots of histograms (..., C), scaled to length 1; zeros stay zeros."""
    return np.asarray(colour / np.maximum(np.linalg.norm(colour, axis=-1, keepdims=True), 1e-9))


def centres(xy: Float) -> NDArray[np.float32]:
    """(N, 2) middle of the trunk, of the whole body where the trunk is not detected; NaN where nothing is."""
    out = np.full((len(xy), 2), np.nan, np.float32)
    seen = np.asarray(np.isfinite(xy).all(-1))
    for joints in (TRUNK, list(range(xy.shape[1]))):
        summed, count = np.where(seen[:, joints, None], xy[:, joints], 0), seen[:, joints].sum(1)
        rows = (count > 0) & np.isnan(out[:, 0])
        out[rows] = summed[rows].sum(1) / count[rows, None]
    return out


def sizes(detections: Detections) -> NDArray[np.float32]:
    """(N,) pixels: the longest of trunk, thighs and shins; else a quarter of the box's longer side."""
    longest = longest_bone(detections.xy)
    box = boxes.of_joints(detections.xy).astype(np.float32)
    side = np.nan_to_num(box[:, 2:] - box[:, :2]).max(1, initial=0) / 4
    return np.asarray(np.maximum(np.where(longest > 0, longest, side), 1e-3), np.float32)


def number_by_appearance(detections: Detections, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Dancers renumbered 1, 2, ... by first appearance, then from left to right; numbers below 0 become 0, nobody."""
    x = np.nan_to_num(centres(detections.xy)[:, 0])
    known = np.flatnonzero(who >= 0)
    order = known[np.lexsort((x[known], detections.frame[known]))]
    names, first = np.unique(who[order], return_index=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(first)] = np.arange(1, len(names) + 1)
    out = np.zeros(len(who), np.int64)
    out[known] = rank[np.searchsorted(names, who[known])]
    return out
