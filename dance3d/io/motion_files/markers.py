"""Joint centres from skin markers: Plug-in Gait's names, and those of CMU's marker sets.

Hips by Harrington et al. 2007 (Journal of Biomechanics 40:595) from the four markers of the pelvis: 0.24 of its depth
and 9.9 mm behind the middle of the front pair, 0.30 of its width and 10.9 mm below, 0.33 of its width and 7.3 mm to the
side; CMU's waist markers, near those bones, are taken for them. Between two markers on a joint lies its centre.
With one marker on a joint's outer side the centre lies half a joint's width inwards (``_INWARD``), across the limb and
along the pelvis; a shoulder's below its marker (``_BELOW``), along the trunk. Those are figures of average adults, some
centimetres wrong on others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_INWARD = {"knee": 0.05, "ankle": 0.035}  # metres: half a joint's width
_BELOW = 0.05  # metres from the shoulder's marker down to the joint
_HEAD_UP, _HEAD_DOWN, _HEAD_FRONT = 0.07, 0.075, 0.04  # metres from the middle of the head band to top and nose

# Of every place on the body, the names of its markers without the side, best first.
_PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "front": (("ASI",), ("FWT",), ("ASIS",)),
    "back": (("PSI",), ("BWT",), ("PSIS",)),
    "knee": (("KNE", "KNM"), ("KNE", "MKN"), ("KNE", "KNI"), ("KNE",)),
    "ankle": (("ANK", "ANM"), ("ANK", "MMA"), ("ANK", "ANI"), ("ANK",)),
    "shoulder": (("SHO",),),
    "elbow": (("ELB", "ELBM"), ("ELB", "MEL"), ("ELB", "ELBIN"), ("ELB", "IEL"), ("ELB",)),
    "wrist": (("WRA", "WRB"), ("IWR", "OWR")),
    "head_front": (("FHD",),),
    "head_back": (("BHD",),),
}
_SACRUM = "SACR"  # stands for both back markers of the pelvis


def chosen(labels: Collection[str]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Markers of every place of both sides, such as ``left_wrist``; and what is missing, in words."""
    found: dict[str, tuple[str, ...]] = {}
    missing: list[str] = []
    for side in ("left", "right"):
        letter = side[0].upper()
        for place, choices in _PLACES.items():
            named = [tuple(letter + name for name in names) for names in choices]
            if place == "back":
                named.append((_SACRUM,))
            fit = next((names for names in named if all(name in labels for name in names)), None)
            if fit is None:
                missing.append(" or ".join("+".join(names) for names in named[-3:]))
            else:
                found[f"{side}_{place}"] = fit
    return found, missing


def centres(markers: Mapping[str, Array], chosen_: Mapping[str, tuple[str, ...]]) -> dict[str, Array]:
    """Limbs, nose and head.

    Args:
        markers: (T, 3) metres each, NaN where missing, any axes of a right-handed frame.
        chosen_: as ``chosen`` gives it.
    """
    at = {place: np.mean([markers[name] for name in names], 0) for place, names in chosen_.items()}
    single = {place for place, names in chosen_.items() if len(names) == 1}
    hips, left = _hips(at)
    joints = dict(hips)
    for side, inward in (("left", -left), ("right", left)):
        above = joints[f"{side}_hip"]
        for joint in ("knee", "ankle"):
            place = f"{side}_{joint}"
            centre = at[place]
            if place in single:
                centre = centre + _INWARD[joint] * _unit(_across(inward, centre - above))
            joints[place] = above = centre
        joints[f"{side}_elbow"], joints[f"{side}_wrist"] = at[f"{side}_elbow"], at[f"{side}_wrist"]
    down = _unit(_middle(joints, "hip") - _middle(at, "shoulder"))
    for side in ("left", "right"):
        joints[f"{side}_shoulder"] = at[f"{side}_shoulder"] + _BELOW * down
    return joints | _head(at)


def _hips(at: Mapping[str, Array]) -> tuple[dict[str, Array], Array]:
    """Both hips' centres, and the unit vector to the pelvis's left."""
    front, back = _middle(at, "front"), _middle(at, "back")
    across = at["left_front"] - at["right_front"]
    left = _unit(across)
    forward = _unit(_across(front - back, left))
    up = np.cross(forward, left)
    width, depth = _length(across), _length(front - back)
    centre = front - (0.24 * depth + 0.0099) * forward - (0.30 * width + 0.0109) * up
    side = (0.33 * width + 0.0073) * left
    return {"left_hip": centre + side, "right_hip": centre - side}, left


def _head(at: Mapping[str, Array]) -> dict[str, Array]:
    """Nose and top from the head band's four markers."""
    front, back = _middle(at, "head_front"), _middle(at, "head_back")
    across = at["left_head_front"] + at["left_head_back"] - at["right_head_front"] - at["right_head_back"]
    forward = _unit(_across(front - back, across))
    up, middle = np.cross(forward, _unit(across)), (front + back) / 2
    return {"nose": middle - _HEAD_DOWN * up + _HEAD_FRONT * forward, "head": middle + _HEAD_UP * up}


def _middle(at: Mapping[str, Array], place: str) -> Array:
    return (at[f"left_{place}"] + at[f"right_{place}"]) / 2


def _length(vector: Array) -> float:
    lengths = np.linalg.norm(vector, axis=-1)
    return float(np.median(lengths[np.isfinite(lengths)])) if np.isfinite(lengths).any() else float("nan")


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-12))


def _across(vector: Array, along: Array) -> Array:
    """The part of a vector that stands square on another."""
    axis = _unit(along)
    return np.asarray(vector - (vector * axis).sum(-1, keepdims=True) * axis)
