"""The figure of which every file of motion is written, and how far a reader is off."""

import motion_sets as sets
import numpy as np

from dance3d.skeleton import H36M17

TRUTH = sets.figure()


def bvh(path, joints, **how):
    path.write_text(sets.bvh_text(joints, **how))


def tool(name, **how):
    return lambda path, xyz: bvh(path, sets.tool_joints(xyz, name), **how)


BUILT = {name: ("nose", "head") for name in ("ballroom", "plug-in gait", "cmu markers", "motive markers")}
BUILT |= {name: ("head",) for name in ("maya", "bandai", "motive bones")}
"""Joints that a format has not: built from others, and only about right."""


def error(clip, name):
    """Metres, of joints that the format has; of the built ones where they are more than 7 cm off."""
    wrong = np.linalg.norm(clip.xyz - TRUTH, axis=-1).max(0)
    built = H36M17.indices(*BUILT.get(name, ()))
    wrong[built] = np.maximum(wrong[built] - 0.07, 0)
    return wrong.max()
