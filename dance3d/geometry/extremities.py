"""Toes, heels, hands and face direction: how each layout's points give those beside the inner skeleton."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.skeleton import BODY24, EXTREMITIES, H36M17, RECIPES, SKELETONS, Recipe

PARENTS = tuple(BODY24.parents[BODY24.index(name)] for name in EXTREMITIES)
"""The inner joint that each extremity hangs on."""
SWAP = [BODY24.swap[BODY24.index(name)] - len(H36M17.joints) for name in EXTREMITIES]
"""Each one's partner on the other side."""
LEAST_SCORE = 0.2  # chosen: an extremity has no score of its own afterwards, so what is less sure counts as not seen
# Metres of a body of ``TALL``, chosen: a foot of .152 of the height (Drillis and Contini 1966), of which a fifth lies
# behind the ankle; knuckles of .108 of it for the whole hand.
TALL = 1.72
HEEL = (-0.045, -0.07)
"""Ahead of the ankle, and above it."""
KNUCKLES = 0.085
"""Beyond the wrist."""
FACE = (0.11, -0.01)
"""Of the nose ahead of the ears, and above them: where the detector sees it on people who look ahead."""
_SIDES = ("left", "right")
_FEET = {
    f"{side}_{point}": {f"{side}_{of}": 1.0} for side in _SIDES for point, of in (("toe", "big_toe"), ("heel",) * 2)
}
_TOWARDS_FACE = {"nose": 1.0, "left_ear": -0.5, "right_ear": -0.5}
_BLAZE = {
    **{f"{side}_toe": {f"{side}_foot_index": 1.0} for side in _SIDES},
    **{f"{side}_heel": {f"{side}_heel": 1.0} for side in _SIDES},
    **{f"{side}_hand": {f"{side}_index": 0.5, f"{side}_pinky": 0.5} for side in _SIDES},
}


def _with_face(layout: str, points: Recipe) -> Recipe:
    """The recipe with the face: the nose joint's own recipe, and from there as from the ears' middle to the nose."""
    face = dict(RECIPES[layout]["nose"])
    for name, weight in _TOWARDS_FACE.items():
        face[name] = face.get(name, 0.0) + weight
    return {**points, "face": face}


EXTREMITY_RECIPES: dict[str, Recipe] = {
    "body24": {name: {name: 1.0} for name in EXTREMITIES},
    "blazepose33": _with_face("blazepose33", _BLAZE),
    "halpe26": _with_face("halpe26", _FEET),
    "wholebody23": _with_face("wholebody23", _FEET),
    "body25": _with_face("body25", _FEET),
    "coco17": _with_face("coco17", {}),
    "coco18": _with_face("coco18", {}),
}
"""Each extremity that a layout has, as a weighted sum of the layout's points."""


def extremities_of(
    points: NDArray[np.floating], score: NDArray[np.floating], layout: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """The extremities that a layout has.

    Args:
        points: (..., J, D) positions of the layout's points, NaN where missing.
        score: (..., J) 0..1.
        layout: a name of ``skeleton.SKELETONS``.

    Returns:
        (..., 7, D) positions in the order of ``skeleton.EXTREMITIES``, NaN where missing, and (..., 7) scores, the
        smallest of those used; none where the layout has none of them.
    """
    if layout not in EXTREMITY_RECIPES:
        return None
    source, recipe = SKELETONS[layout], EXTREMITY_RECIPES[layout]
    xyz = np.full((*points.shape[:-2], len(EXTREMITIES), points.shape[-1]), np.nan, np.float32)
    low = np.zeros(xyz.shape[:-1], np.float32)
    for row, name in enumerate(EXTREMITIES):
        if name in recipe:
            used = source.indices(*recipe[name])
            weights = np.array(list(recipe[name].values()))
            xyz[..., row, :] = (points[..., used, :] * weights[:, None]).sum(-2)
            low[..., row] = np.where(np.isfinite(xyz[..., row, :]).all(-1), score[..., used].min(-1), 0)
    return xyz, low


def sure_extremities(
    points: NDArray[np.floating], score: NDArray[np.floating], layout: str, least: float = LEAST_SCORE
) -> NDArray[np.float32] | None:
    """The extremities of a layout, NaN where one of the points used has a low score.

    Args:
        points: as of ``extremities_of``.
        score: likewise.
        layout: likewise.
        least: score of every point.

    Returns:
        (..., 7, D) in the order of ``skeleton.EXTREMITIES``; none where the layout has none of them.
    """
    found = extremities_of(points, score, layout)
    return None if found is None else np.where((found[1] >= least)[..., None], found[0], np.float32(np.nan))
