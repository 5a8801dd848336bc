"""Feet, hands and face of a body of which only the inner skeleton is known, turned by rules that were chosen by eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.body_frame import LEFT, part_frame
from dance3d.geometry.extremities import FACE, HEEL, KNUCKLES
from dance3d.geometry.vectors import unit
from dance3d.skeleton import EXTREMITIES, H36M17

Array = NDArray[np.float64]
TRUNK = 0.49
"""Metres from pelvis to thorax of the body of 1.72 m that lengths are written for."""
DROOP = -FACE[1] / FACE[0]
"""How far the nose's tip lies below the ears, of its distance before them."""
_TOE = (0.185, HEEL[1])  # metres along the foot and above the ankle: soles are flat


def size_of(xyz: NDArray[np.floating]) -> float:
    """How large a body (T, 17, 3) is beside the one of 1.72 m, by its trunk."""
    trunk = xyz[:, H36M17.index("thorax")] - xyz[:, H36M17.index("pelvis")]
    return float(np.median(np.linalg.norm(trunk, axis=-1))) / TRUNK


def by_rules(xyz: NDArray[np.floating]) -> Array:
    """(T, 7, 3) the extremities of bodies (T, 17, 3), metres, world frame, y up; in the order of ``EXTREMITIES``.

    Feet are level near the floor and hang in the air, hands go on as forearms, and where the nose gives no direction,
    the head faces as the chest does.
    """
    at = {joint: xyz[:, i].astype(float) for i, joint in enumerate(H36M17.joints)}
    size = size_of(xyz)
    chest = part_frame(at["right_shoulder"] - at["left_shoulder"], at["thorax"] - at["spine"]) * LEFT
    hips = part_frame(at["right_hip"] - at["left_hip"], at["spine"] - at["pelvis"]) * LEFT
    out = {}
    for side in ("left", "right"):
        toes, sole = _foot(at, hips[:, 2], side)
        for point, (along, above) in (("toe", _TOE), ("heel", HEEL)):
            out[f"{side}_{point}"] = at[f"{side}_ankle"] + size * (along * toes - above * sole)
        wrist = at[f"{side}_wrist"]
        out[f"{side}_hand"] = wrist + size * KNUCKLES * unit(wrist - at[f"{side}_elbow"])
    up = unit(at["head"] - at["thorax"])
    nose = at["nose"] - at["thorax"]
    front = unit(nose - (nose * up).sum(-1, keepdims=True) * up + 0.03 * size * chest[:, 2])
    out["face"] = at["nose"] + size * FACE[0] * unit(front - DROOP * up)
    return np.stack([out[name] for name in EXTREMITIES], 1)


def _foot(at: dict[str, Array], ahead: Array, side: str) -> tuple[Array, Array]:
    """(T, 3) unit vectors along a foot, towards its toes, and down to its sole.

    Args:
        at: joints by name.
        ahead: (T, 3) where the hips face.
        side: of the foot.
    """
    hip, knee, ankle = (at[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    shin = unit(ankle - knee)
    front = bend_front(hip, knee, ankle, ahead)
    level = unit(front * [1, 0, 1] + 1e-6 * ahead)
    square = unit(front - (front * shin).sum(-1, keepdims=True) * shin)
    floor = np.percentile(ankle[:, 1], 2)
    lifted = np.clip((ankle[:, 1:2] - floor) / 0.12, 0, 1)
    toes = unit((1 - lifted) * level + lifted * (square + 0.5 * shin))
    sole = unit((1 - lifted) * np.array([0.0, -1.0, 0.0]) + lifted * (shin - 0.3 * square))
    return toes, unit(sole - (sole * toes).sum(-1, keepdims=True) * toes)


def bend_front(hip: Array, knee: Array, ankle: Array, ahead: Array) -> Array:
    """(T, 3) unit vectors forward of the knee: where it bends, or as the hips face where the leg is straight.

    Args:
        hip: (T, 3) metres.
        knee: likewise.
        ankle: likewise.
        ahead: (T, 3) where the hips face.
    """
    bend = unit(knee - hip) - unit(ankle - knee)  # vanishes where the leg is straight
    return unit(1.5 * bend + 0.25 * ahead)
