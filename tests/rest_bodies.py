"""Bodies made of turned bones: from rotations to joints and extremities."""

import numpy as np

from dance3d.geometry.bones import BONE_NAMES, BONES, HAND, HEEL, TOE
from dance3d.skeleton import EXTREMITIES, H36M17

LENGTH = {
    "lower_back": 0.24, "chest": 0.25, "neck": 0.12, "head": 0.12, "clavicle": 0.17, "upper_arm": 0.29, "forearm": 0.25,
    "hip": 0.1, "thigh": 0.42, "shin": 0.42, "foot": float(np.linalg.norm(TOE)), "hand": HAND,
}  # fmt: skip
LEFT, UP, AHEAD = np.eye(3)


def turn(axis, degrees):
    """(3, 3) rotation about an axis."""
    a, angle = np.asarray(axis, float) / np.linalg.norm(axis), np.deg2rad(degrees)
    cross = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def frames(local):
    """Rotations (J, 3, 3) of all bones in the world, of those by name against their parent; others are not turned."""
    world = {}
    for bone in BONES:
        world[bone.name] = world.get(bone.parent, np.eye(3)) @ local.get(bone.name, np.eye(3))
    return np.stack([world[name] for name in BONE_NAMES])


def body(turns):
    """Joints (T, 17, 3) and extremities (T, 7, 3) of bones that are turned so (T, J, 3, 3)."""
    at = {"pelvis": np.zeros((len(turns), 3))}
    for bone, own in zip(BONES, np.moveaxis(turns, 1, 0), strict=True):
        if bone.end:
            kind = bone.name.removeprefix("left_").removeprefix("right_")
            rest = np.array(bone.rest) / np.linalg.norm(bone.rest) * LENGTH[kind]
            at[bone.end] = at[bone.start] + own @ rest
        if bone.name.endswith("_foot"):
            at[bone.end.replace("toe", "heel")] = at[bone.start] + own @ np.array(HEEL)
        if bone.name == "head":
            at["face"] = at["nose"] + 0.11 * own @ AHEAD
    return np.stack([at[j] for j in H36M17.joints], 1), np.stack([at[e] for e in EXTREMITIES], 1)


def dancing(time, seed=0):
    """Rotations (T, J, 3, 3) of a body whose limbs bend and twist smoothly, inside of what joints can."""
    rng = np.random.default_rng(seed)

    def wave(low, high):
        speed, phase = rng.uniform(0.5, 1.2), rng.uniform(0, 2 * np.pi)
        return (low + high) / 2 + (high - low) / 2 * np.sin(2 * np.pi * speed * time + phase)

    course = {"pelvis": [(UP, wave(-60, 60))], "chest": [(UP, wave(-30, 30))], "head": [(UP, wave(-50, 50))]}
    for side, sign in (("left", 1), ("right", -1)):
        course |= {
            f"{side}_upper_arm": [(AHEAD, sign * wave(-60, 60)), (UP, -sign * wave(0, 60)), (LEFT, wave(-40, 40))],
            f"{side}_forearm": [(UP, -sign * wave(30, 110))],
            f"{side}_thigh": [(LEFT, -wave(-20, 60)), (AHEAD, sign * wave(0, 30)), (UP, wave(-30, 30))],
            f"{side}_shin": [(LEFT, wave(30, 100))],
            f"{side}_foot": [(LEFT, wave(-10, 40))],
        }
    return np.stack(
        [
            frames(
                {
                    name: np.linalg.multi_dot([np.eye(3), *(turn(a, d[t]) for a, d in axes)])
                    for name, axes in course.items()
                }
            )
            for t in range(len(time))
        ]
    )
