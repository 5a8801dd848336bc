"""Are bones turned as in motion capture? BVH takes say how, beside where the joints are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Keypoints2D, MotionClip, Pose3D
from dance3d.datasets.mocap import motion_files
from dance3d.datasets.splits import known_split
from dance3d.geometry.bone_rotations import bone_rotations
from dance3d.geometry.bones import BONE_NAMES, bone
from dance3d.geometry.rotations import angle_between, quaternions
from dance3d.io.bvh import read_bvh, transforms
from dance3d.io.motion_files import format_of, read_takes
from dance3d.io.motion_files.names import SKULL, match_names
from dance3d.io.motion_files.take import ReadOptions
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA, film

Array = NDArray[np.float64]
Lift = Callable[[list[Keypoints2D], Mapping[str, Any]], list[Pose3D]]
Rows = dict[tuple[str, str], list[Array]]
FPS = 30
LEARN = 20
"""Takes for training of which every naming's constant turns are learnt; chosen."""
JUMP = 45.0
"""Degrees from one frame to the next that count as a jump."""
PIXELS = 5.0
"""Noise of the keypoints that are lifted."""
VIEW = {"field_of_view": PROTOCOL_CAMERA.field_of_view}
UP = np.array([0.0, 1.0, 0.0])
_LIMBS = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
_NAMES = ("head", *(f"{side}_{limb}" for side in ("left", "right") for limb in _LIMBS))
_ROWS = [BONE_NAMES.index(name) for name in _NAMES]


class Turned(NamedTuple):
    """A take with how its file turns the bones (T, 3, 3) by name."""

    clip: MotionClip
    naming: str
    bones: Mapping[str, Array]


def bench_twist(folder: Path, lift: Lift) -> dict[str, float]:
    """How far the twist of bones is from that of the files, of lifted bones how far they are turned, and who jumps.

    A file's bones rest otherwise than ours: what differs by the same turn in all takes of a naming is no error. It is
    learnt on takes for training.

    Args:
        folder: of BVH files, of which those held out for testing are scored.
        lift: lifts tracks with settings of the stage ``lift``.

    Returns:
        ``twist.<bone>.degrees``, median, both sides together, from joints, toes, heels, hands and face;
        ``twist.without.<bone>.degrees`` from the 17 joints alone; ``twist.lifted.<bone>.degrees``, the whole rotation
        of bones of lifted poses (protocol, 5 px of noise) against those of the true joints; ``twist.true.jumps``, the
        share of frames and limbs that the files turn by more than 45 degrees within one frame; ``twist.jumps``, those
        that ours do where the files do not, and ``twist.lifted.jumps``, from lifted joints where from true ones not.
    """
    learn, tested = _takes(folder)
    turns = _constant(learn)
    found: Rows = {}
    jumps: dict[str, list[NDArray[np.bool_]]] = {"": [], "lifted.": [], "true.": []}
    for take in tested:
        given = _of(take, take.clip.extremities)
        for way, rotations in (("", given), ("without.", _of(take, None))):
            for name, turn in turns.get(take.naming, {}).items():
                kind = name.removeprefix("left_").removeprefix("right_")
                off = np.swapaxes(take.bones[name] @ turn, -1, -2) @ rotations[:, BONE_NAMES.index(name)]
                found.setdefault((way, kind), []).append(np.abs(_twist(off, name)))
        for name, theirs in take.bones.items():
            jumps[""].append(_jumps(given[:, BONE_NAMES.index(name)]) & ~_jumps(theirs))
            jumps["true."].append(_jumps(theirs))
    filmed = film([take.clip for take in tested], PIXELS)
    for one, pose in zip(filmed, lift([one.keypoints for one in filmed], VIEW), strict=True):
        ours, true = (bone_rotations(p.xyz, p.extremities, p.time)[:, _ROWS] for p in (pose, one.truth))
        jumps["lifted."].append(_jumps(ours) & ~_jumps(true))
        off = np.degrees(angle_between(ours, true))
        for row, name in zip(_ROWS, off.T, strict=True):
            kind = BONE_NAMES[row].removeprefix("left_").removeprefix("right_")
            found.setdefault(("lifted.", kind), []).append(name[np.isfinite(name)])
    figures = {f"twist.{way}{kind}.degrees": np.median(np.concatenate(off)) for (way, kind), off in found.items()}
    figures |= {f"twist.{way}jumps": np.concatenate(each).mean() for way, each in jumps.items() if each}
    return {name: round(float(value), 4) for name, value in figures.items()}


def _takes(folder: Path) -> tuple[list[Turned], list[Turned]]:
    """Takes to learn constant turns of, and those held out for testing."""
    files = [path for path in motion_files(folder) if format_of(path) == "bvh"]
    test = [path for path in files if known_split(path) == "test"]
    tested = [turned(path) for path in test]
    namings, learn = {take.naming for take in tested}, dict[str, list[Turned]]()
    for path in sorted(set(files) - set(test), key=lambda path: path.name[::-1]):  # subjects mixed
        if all(len(learn.get(naming, ())) >= LEARN for naming in namings):
            break
        naming = match_names(read_bvh(path).names, path).naming
        if naming in namings and len(learn.setdefault(naming, [])) < LEARN:
            learn[naming].append(turned(path))
    return [take for takes in learn.values() for take in takes], tested


def turned(path: Path) -> Turned:
    """A BVH take near 30 frames a second, and the rotations of its limbs and head."""
    (clip,), _ = read_takes(path, ReadOptions(fps=FPS, skip=1))
    bvh = read_bvh(path)
    match = match_names(bvh.names, path)
    step = round(1 / (bvh.period * clip.fps))
    _, rotation = transforms(replace(bvh, motion=bvh.motion[1::step]))
    names = {joint: next(iter(parts)) for joint, parts in match.recipe.items() if len(parts) == 1}
    starts = {name: names.get(bone(name).start, "") for name in _NAMES} | {
        "head": names.get(SKULL, names.get("nose", ""))
    }
    frames = min(len(rotation), len(clip.xyz))
    rows = {name: rotation[:frames, bvh.names.index(joint)] for name, joint in starts.items() if joint}
    ends = None if clip.extremities is None else clip.extremities[:frames]
    return Turned(replace(clip, xyz=clip.xyz[:frames], extremities=ends), match.naming, rows)


def _of(take: Turned, extremities: NDArray[np.float32] | None) -> Array:
    """(T, J, 3, 3) our rotations of a take."""
    return bone_rotations(take.clip.xyz, extremities, np.arange(len(take.clip.xyz)) / take.clip.fps, UP)


def _constant(takes: Sequence[Turned]) -> dict[str, dict[str, Array]]:
    """By naming and bone the (3, 3) turn from the file's bone to ours, the mean over takes."""
    total: dict[str, dict[str, Array]] = {}
    for take in takes:
        ours = _of(take, take.clip.extremities)
        for name, theirs in take.bones.items():
            sums = total.setdefault(take.naming, {})
            one = np.nansum(np.swapaxes(theirs, -1, -2) @ ours[:, BONE_NAMES.index(name)], 0)
            sums[name] = sums.get(name, np.zeros((3, 3))) + one
    return {naming: {name: _nearest(one) for name, one in sums.items()} for naming, sums in total.items()}


def _nearest(matrix: Array) -> Array:
    """The (3, 3) rotation nearest to a matrix."""
    u, _, v = np.linalg.svd(matrix)
    return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v)


def _twist(off: Array, name: str) -> Array:
    """(T,) degrees by which rotations turn about a bone's own length."""
    rest = np.array(bone(name).rest)
    q = quaternions(off[np.isfinite(off).all((-1, -2))])
    angle = 2 * np.arctan2(q[:, :3] @ (rest / np.linalg.norm(rest)), q[:, 3])
    return np.asarray(np.degrees((angle + np.pi) % (2 * np.pi) - np.pi))


def _jumps(rotations: Array) -> NDArray[np.bool_]:
    """Whether rotations (T, ..., 3, 3) jump from one frame to the next, flat."""
    return np.asarray(np.degrees(angle_between(rotations[1:], rotations[:-1])) > JUMP).ravel()
