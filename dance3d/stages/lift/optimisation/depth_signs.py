"""Direction of every bone in depth: the best sequence of signs over time, by exact search.

A bone of known length and its two keypoints determine its depth up to a sign. Fourteen segments have 16,384 patterns of
signs per frame. The cost is a sum of limits of the trunk, limits of one limb given the trunk, and changes between
frames per segment, so that one pass of Viterbi's algorithm over all patterns costs 14 passes over a table of them. A
bone's depth crosses zero only where the bone is parallel to the image plane; only there is a change of sign cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, percentile_filter

from dance3d.geometry.vectors import unit
from dance3d.skeleton import H36M17
from dance3d.stages.lift.optimisation.joint_limits import (
    BONES,
    ENDS,
    LENGTHS,
    LIMITS,
    PAIRS,
    SEGMENTS,
    UP,
    Limit,
    segment_lengths,
)
from dance3d.timeseries.resampling import chunks

Floats = NDArray[np.float64]
SIGNED = [name for name in SEGMENTS if name != "trunk"]
"""The fourteen segments with a sign: four of the trunk, then five limbs of two, the neck and head as one of them."""
_TRUNK = 4
_OF_TRUNK = [limit for limit in LIMITS if {*limit.segments} <= {*SIGNED[:_TRUNK], "trunk", UP}]
_PATTERNS = 1 << len(SIGNED)
# Chosen:
_SPEED = 1.35  # metres per second, change of a bone that costs one unit
_CAP = 25.0  # highest cost of a change
_RATE = 10.0  # patterns per second
_AT_ONCE = 3000  # frames searched together, which bounds memory
_TRUST = 0.08  # metres, standard deviation of the depths of a given pose
_SHORTEST = np.array([0.5 if H36M17.joints[c] in ("nose", "head", "left_wrist", "right_wrist") else 0.6
                      for _, c in BONES])  # fmt: skip
_LONGEST = 95.0  # percentile of a bone's projected lengths that stands for the true one,
_CAUTION = 0.94  # times this: a shorter bone has a smaller error where its sign is wrong
_INFLATION = 1.5  # keypoint noise lengthens the longest projection by this times its standard deviation
_GREATEST = 1.35  # greatest length of a bone, as a multiple of that of an average body
_ACROSS = [i for i, (_, c) in enumerate(BONES) if H36M17.joints[c].endswith("shoulder")]
_SEEN = 0.3  # share of the seen width of shoulders that counts, as few clips show them from the front
_LOW, _STEADY = 20.0, 0.27  # percentile over a second, and seconds of smoothing, of the distance
_TRUNK_LONG = 0.44  # metres, longest projection of the trunk of a body of ``STATURE``


class SignSearch(NamedTuple):
    """Input of the search for one clip.

    Attributes:
        rays: (T, 17, 2) x / z and y / z of every keypoint, finite.
        distance: (T,) metres to the pelvis.
        lengths: (16,) metres of the bones.
    """

    rays: Floats
    distance: Floats
    lengths: Floats


def sign_search(rays: Floats, fps: float, error: float = 0.0) -> SignSearch:
    """Distance and bone lengths of an average body, from the greatest lengths that its bones show.

    Args:
        rays: (T, 17, 2) x / z and y / z, finite.
        fps: frames per second.
        error: standard deviation of the noise in ``rays``.
    """
    bones = np.linalg.norm(rays[:, BONES[:, 1]] - rays[:, BONES[:, 0]], axis=-1)
    legs = [i for i, (_, c) in enumerate(BONES) if H36M17.joints[c].split("_")[-1] in ("knee", "ankle")]
    thorax, pelvis = H36M17.indices("thorax", "pelvis")
    trunk = np.linalg.norm(rays[:, thorax] - rays[:, pelvis], axis=-1)
    leg = LENGTHS[legs].mean() / np.maximum(bones[:, legs].max(1), 1e-6)
    # At a greater distance these bones would look shorter than they do.
    nearest = np.minimum(leg, _TRUNK_LONG / np.maximum(trunk, 1e-6))
    if len(rays) > 1:
        nearest = percentile_filter(nearest, _LOW, size=max(3, round(fps)), mode="nearest")
        nearest = gaussian_filter1d(nearest, fps * _STEADY, mode="nearest")
    seen = bones * nearest[:, None]
    longest = np.percentile(np.maximum(seen, seen[:, PAIRS]), _LONGEST, axis=0)
    longest = _CAUTION * longest - _INFLATION * error * np.median(nearest)
    longest = np.clip(longest, LENGTHS * _SHORTEST, LENGTHS * _GREATEST)
    usual = LENGTHS * np.exp(np.median(np.log(longest / LENGTHS)))
    longest[_ACROSS] = longest[_ACROSS] ** _SEEN * usual[_ACROSS] ** (1 - _SEEN)
    return SignSearch(rays, nearest, longest)


def candidates(view: SignSearch) -> Floats:
    """(T, 14, 2, 3) metres: every segment pointing away from the camera and towards it.

    The segment starts at the pelvis' distance; a segment that looks longer than it is lies in the image plane.
    """
    first, last = view.rays[:, ENDS[: len(SIGNED), 0]], view.rays[:, ENDS[: len(SIGNED), 1]]
    flat = np.zeros((*first.shape[:2], 3))
    flat[..., :2] = view.distance[:, None, None] * (last - first)
    along = np.concatenate([last, np.ones_like(last[..., :1])], -1)
    for line in (SIGNED.index("hips"), SIGNED.index("shoulders")):  # their middle is at that distance
        along[:, line] = np.concatenate([first[:, line] + last[:, line], np.full((len(first), 1), 2.0)], -1)
    square, mixed = (along**2).sum(-1), (flat * along).sum(-1)
    rest = (flat**2).sum(-1) - segment_lengths(view.lengths)[: len(SIGNED)] ** 2
    root = np.sqrt(np.maximum(mixed**2 - square * rest, 0.0))
    both = np.stack([-mixed + root, -mixed - root], -1) / square[..., None]
    return np.asarray(flat[:, :, None] + both[..., None] * along[:, :, None], np.float64)


def _costs(options: Floats, start: Floats | None, limits: Sequence[Limit] = LIMITS) -> list[Floats]:
    """Cost of five limbs given the trunk, (T, 16, 4) each; the first includes the trunk's own.

    Args:
        options: (T, 14, 2, 3) of ``candidates``.
        start: (T, 14, 3) metres, segments to stay near, or None.
        limits: that count.
    """
    frames = len(options)
    units = unit(options)
    state = np.arange(16)
    vectors = {UP: np.array([0.0, -1.0, 0.0])[None, None, None], "trunk": np.zeros((frames, 16, 1, 3))}
    limb = {}
    for i, name in enumerate(SIGNED):
        if i < _TRUNK:
            pick = (state >> (_TRUNK - 1 - i)) & 1
            vectors[name] = units[:, i, pick][:, :, None]
            if name in ("belly", "chest"):
                vectors["trunk"] = vectors["trunk"] + options[:, i, pick][:, :, None]
        else:
            limb[name] = (i - _TRUNK) // 2
            pick = (state[:4] >> ((i - _TRUNK + 1) % 2)) & 1
            vectors[name] = units[:, i, pick][:, None]
    vectors["trunk"] = unit(vectors["trunk"])
    out = [np.zeros((frames, 16, 4)) for _ in range(5)]
    for limit in limits:
        parts = [vectors[name] for name in limit.segments]
        left = parts[0] if len(parts) == 2 else np.cross(parts[0], parts[1])
        missing = np.maximum(limit.least - limit.sign * (left * parts[-1]).sum(-1), 0.0)
        out[max([limb.get(name, 0) for name in limit.segments])] += limit.weight * missing**2
    if start is not None:
        far = ((options - start[:, :, None])[..., 2] / _TRUST) ** 2  # (T, 14, 2)
        for i in range(len(SIGNED)):
            shift, number = (_TRUNK - 1 - i, 0) if i < _TRUNK else ((i - _TRUNK + 1) % 2, (i - _TRUNK) // 2)
            pick = (state if i < _TRUNK else state[:4]) >> shift & 1
            out[number] += far[:, i, pick][:, :, None] if i < _TRUNK else far[:, i, pick][:, None]
    return out


def torso_costs(options: Floats) -> Floats:
    """(T, 16) cost of the limits of the trunk alone, for the patterns of its four segments."""
    return _costs(options, None, _OF_TRUNK)[0][..., 0]


def search(options: Floats, fps: float, start: Floats | None = None) -> NDArray[np.intp]:
    """The signs of a clip with the lowest cost.

    Args:
        options: (T, 14, 2, 3) of ``candidates``.
        fps: frames per second.
        start: (T, 14, 3) metres, segments of a pose whose depths to stay near; None: no such pose.

    Returns:
        (T, 14) 0 away from the camera, 1 towards it.
    """
    step = max(1, round(fps / _RATE))
    found = []
    for first, last in chunks(len(options), _AT_ONCE):
        rows = np.arange(first, last, step)
        costs = _costs(options[rows], None if start is None else start[rows])
        path = _viterbi([c.astype(np.float32) * step for c in costs], changes(options[rows], step / fps))
        nearest = np.minimum((np.arange(last - first) + step // 2) // step, len(rows) - 1)
        found.append((path[nearest, None] >> np.arange(len(SIGNED))[::-1]) & 1)
    return np.concatenate(found)


def changes(options: Floats, seconds: float) -> NDArray[np.float32]:
    """(T - 1, 14, 2, 2) cost of every segment's step from sign (last axis) to sign."""
    step = options[1:, :, :, None] - options[:-1, :, None]
    cost = (step**2).sum(-1) / (_SPEED * seconds) ** 2
    return np.asarray(cost / (1 + cost / _CAP), np.float32)


def _viterbi(costs: list[NDArray[np.float32]], changes: NDArray[np.float32]) -> NDArray[np.intp]:
    """(T,) path of patterns with the lowest cost.

    The cost of a step is a sum over bits, so bits are minimised one by one.
    """
    frames, bits = len(costs[0]), len(SIGNED)

    def own(t: int) -> NDArray[np.float32]:
        total = np.zeros((16, *(4,) * 5), np.float32)
        for i, cost in enumerate(costs):
            total += cost[t].reshape(16, *(4 if i == j else 1 for j in range(5)))
        return total.reshape(-1)

    best, back = own(0), np.zeros((frames, _PATTERNS), np.int16)
    for t in range(1, frames):
        came = np.arange(_PATTERNS, dtype=np.int16)
        for bit in range(bits):
            old, origin = best.reshape(1 << bit, 2, -1), came.reshape(1 << bit, 2, -1)
            best, came = np.empty_like(old), np.empty_like(origin)
            for sign in (0, 1):
                away, towards = (old[:, s] + changes[t - 1, bit, sign, s] for s in (0, 1))
                np.minimum(away, towards, out=best[:, sign])
                came[:, sign] = np.where(towards < away, origin[:, 1], origin[:, 0])
        back[t] = came.reshape(-1)
        best = best.reshape(-1) + own(t)
    path = np.zeros(frames, np.intp)
    path[-1] = int(best.argmin())
    for t in range(frames - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path


def pose_of_signs(view: SignSearch, options: Floats, signs: NDArray[np.intp]) -> Floats:
    """The body whose segments point as the signs say.

    Args:
        view: input of the search.
        options: (T, 14, 2, 3) of ``candidates``.
        signs: (T, 14) of ``search``.

    Returns:
        (T, 17, 3) metres, camera frame.
    """
    return body_of(view, np.take_along_axis(options, signs[..., None, None], 2)[:, :, 0])


def body_of(view: SignSearch, segments: Floats) -> Floats:
    """(T, 17, 3) metres, camera frame: the body of segments (T, 14, 3), its pelvis at the view's distance."""
    chosen = {name: segments[:, i] for i, name in enumerate(SIGNED)}
    at = {"pelvis": np.concatenate([view.rays[:, H36M17.index("pelvis")], np.ones((len(segments), 1))], 1)}
    at["pelvis"] = at["pelvis"] * view.distance[:, None]
    for name in ("belly", "chest", "neck", "head"):
        start, end = SEGMENTS[name]
        at[end] = at[start] + chosen[name]
    for middle, line, joint in (("pelvis", "hips", "hip"), ("thorax", "shoulders", "shoulder")):
        at[f"left_{joint}"], at[f"right_{joint}"] = (at[middle] + half * chosen[line] for half in (0.5, -0.5))
    for name in SIGNED[6:]:
        start, end = SEGMENTS[name]
        at[end] = at[start] + chosen[name]
    return np.stack([at[joint] for joint in H36M17.joints], 1)
