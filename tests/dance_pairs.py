"""A dancer who moves, and what a student may do otherwise: other tempo, a late arm, a raised arm, a mirror."""

from dataclasses import replace

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from dance3d.comparison.align import facing, sample
from dance3d.comparison.load import pose_of
from dance3d.contracts import MotionClip
from dance3d.geometry.projection import chain
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph

FPS = 30.0


def dance(seconds=8.0, seed=3, genre="salsa"):
    """A pose in space of one dancer, and his joints (T, 17, 3), y up."""
    clip = choreograph(genre, seconds, seed)
    assert clip.fps == FPS
    return clip.xyz.astype(float)


def posed(xyz, start=0.0, fps=FPS):
    """The pose of joints, y up; NaN where they are."""
    missing = np.isnan(xyz).any((1, 2))
    pose = pose_of(MotionClip(np.where(missing[:, None, None], 0, xyz), fps, "x", "x"))
    holes = np.where(missing[:, None, None], np.nan, pose.xyz)
    root = np.where(missing[:, None], np.nan, pose.root)
    return replace(pose, xyz=holes, root=root, measured=~missing, time=pose.time + start)


def body(xyz, start=0.0):
    """As the comparison samples it."""
    missing = np.isnan(xyz).any((1, 2))
    return sample(xyz, np.arange(len(xyz)) / FPS + start, ~missing)


def at(xyz, seconds):
    """The joints at other times, between frames by cubic splines."""
    return CubicSpline(np.arange(len(xyz)) / FPS, xyz)(seconds)


def retimed(xyz, tempo):
    """The same dance at another tempo."""
    long = (len(xyz) - 1) / FPS / tempo
    return at(xyz, np.arange(int(long * FPS + 1e-6) + 1) / FPS * tempo)


def changed(xyz, joints, how):
    """The dance with the bones that end in some joints (T, n, 3) changed."""
    parents = [max(p, 0) for p in H36M17.parent_indices]
    bones = xyz - xyz[:, parents]
    columns = H36M17.indices(*joints)
    bones[:, columns] = how(bones[:, columns])
    return chain(bones) + xyz[:, :1]


def late(xyz, joints, seconds):
    """The dance with some bones late, as the chest sees them."""
    frames = facing(xyz, "shoulder")

    def delayed(bones):
        seen = np.einsum("tij,tkj->tki", frames, bones)
        then = at(seen, np.maximum(np.arange(len(seen)) / FPS - seconds, 0))
        return np.einsum("tij,tki->tkj", frames, then)

    return changed(xyz, joints, delayed)


def turned(xyz, joints, degrees, axis):
    """The dance with some bones turned about an axis that stands fixed in the room; each by so many degrees."""
    turn = Rotation.from_rotvec(np.deg2rad(degrees) * np.asarray(axis, float)).as_matrix()
    return changed(xyz, joints, lambda bones: bones @ turn.T)


def bodied(xyz, scale, heading, place):
    """Another body: larger, facing elsewhere, standing elsewhere, with longer legs."""
    c, s = np.cos(heading), np.sin(heading)
    legs = [f"{side}_{joint}" for side in ("left", "right") for joint in ("knee", "ankle")]
    longer = changed(xyz, legs, lambda bones: bones * 1.15)
    return longer * scale @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T + place
