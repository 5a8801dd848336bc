"""MOT writer: joint angles over time, under the names that OpenSim's full-body models have.

Names, signs and order of turns: Rajagopal et al., Full-body musculoskeletal model, IEEE TBME 2016; its joint frames are
those of the International Society of Biomechanics (Wu et al., J. Biomech. 2002, 2005): x forward, y up, z to the
right. The angles are those of the bones as they are turned (``geometry.bone_rotations``); OpenSim's own inverse
kinematics of the TRC file fits a scaled model instead, and differs where bones of this one bend in more ways. Where an
arm is level to the side, flexion and rotation turn about one axis: only their sum is known.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.bones import BONE_NAMES
from dance3d.io.export_files.posed_body import posed_body
from dance3d.io.export_files.to_bvh import angles_zxy, continuous, even_times

Array = NDArray[np.float64]
ISB = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Columns: forward, up and right, in the axes of the rest pose (left, up, forward)."""
_TURNED = {  # by joint: the bone, the one that it is turned against, and what its turns about z, x and y are called
    "hip": ("thigh", "pelvis", ("flexion", "adduction", "rotation")),
    "knee": ("shin", "thigh", ("angle", "", "")),
    "ankle": ("foot", "shin", ("angle", "", "")),
    "arm": ("upper_arm", "chest", ("flex", "add", "rot")),
    "elbow": ("forearm", "upper_arm", ("flex", "", "")),
    "pro": ("forearm", "upper_arm", ("", "", "sup")),
}
_BACKWARD = ("knee",)
"""Joints whose flexion turns the other way about the axis to the right."""
_OF_ARMS = ("upper_arm", "forearm")
"""Bones that hang in the models' rest pose, and lie level in ours."""


def joint_angles(turn: Array) -> dict[str, Array]:
    """Angles (T,) in degrees, by the names of the model's coordinates.

    Args:
        turn: (T, J, 3, 3) rotations of ``geometry.bones.BONES`` out of their rest pose.
    """
    bones = {name: turn[:, i] for i, name in enumerate(BONE_NAMES)}
    out = dict(zip(("pelvis_tilt", "pelvis_list", "pelvis_rotation"), _degrees(bones["pelvis"] @ ISB), strict=True))
    trunk = _degrees(_in_parent(bones["chest"], bones["pelvis"]))
    out |= dict(zip(("lumbar_extension", "lumbar_bending", "lumbar_rotation"), trunk, strict=True))
    for side in ("right", "left"):
        inward = 1.0 if side == "right" else -1.0
        for joint, (bone, against, names) in _TURNED.items():
            parent = bones.get(against, bones.get(f"{side}_{against}"))
            assert parent is not None
            relative = _in_parent(bones[f"{side}_{bone}"], parent)
            if bone in _OF_ARMS:
                hang = _about_x(inward * np.pi / 2)
                relative = (hang if against in _OF_ARMS else np.eye(3)) @ relative @ hang.T
            flexed = -1.0 if joint in _BACKWARD else 1.0
            for name, angle, sign in zip(names, _degrees(relative), (flexed, inward, inward), strict=True):
                if name:
                    out[f"{joint}_{name}_{side[0]}"] = sign * angle
    return out


def write_mot(pose: Pose3D, path: Path, origin: Array | None = None) -> None:
    """Write one dancer's joint angles in degrees and the pelvis's place in metres.

    Rows are as of the TRC file; missing joints are interpolated in time, as the format knows no gaps.

    Args:
        pose: h36m17 skeleton.
        path: of the file.
        origin: as for ``world_frame.to_world``.
    """
    time, _ = even_times(pose.time)
    body = posed_body(pose, origin, time)
    columns = {"time": time} | {f"pelvis_t{axis}": body.root[:, i] for i, axis in enumerate("xyz")}
    columns |= joint_angles(body.turn)
    heading = f"Coordinates\nversion=1\nnRows={len(time)}\nnColumns={len(columns)}\ninDegrees=yes\n\nendheader\n"
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(heading + "\t".join(columns) + "\n")
        np.savetxt(file, np.stack(list(columns.values()), 1), "%.6f", delimiter="\t")


def _in_parent(turn: Array, parent: Array) -> Array:
    """(T, 3, 3) rotation of a bone against another, in the axes of ``ISB``."""
    return np.asarray(ISB.T @ np.swapaxes(parent, -1, -2) @ turn @ ISB)


def _degrees(rotation: Array) -> Array:
    """(3, T) turns about z, x and y, in this order: of two triples the one nearer to the frame before."""
    return continuous(angles_zxy(rotation)[:, None])[:, 0].T


def _about_x(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
