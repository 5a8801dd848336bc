"""BVH takes of any naming: forward kinematics, then joints by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.geometry.vectors import degrees_between
from dance3d.io.bvh import Bvh, read_bvh, transforms
from dance3d.io.motion_files.names import SKULL, Match, match_map, match_names, plain
from dance3d.io.motion_files.take import ReadOptions, Take, axis_vector, complete, stands, tall, upwards, with_head
from dance3d.io.motion_files.turned_joints import Body, extremities

Array = NDArray[np.float64]

_SPINES = (
    "spine",
    "lowerspine",
    "middlespine",
    "chest",
    "ab",
    "lowerback",
    "torso",
    "waist",
)  # how joints of a spine begin
_HALF_WAY = (0.35, 0.65)  # of the trunk, where a joint counts as the middle of the spine
MOST_PLACES = 2e7  # joints times frames: two gigabytes
_SHORT_END = 0.05  # of the trunk: a shorter end site of the head tells no direction
_THORAX = ("neck", "leftshoulder", "rightshoulder")  # where CMU's bone of the thorax ends
_AWAY = 75  # degrees from the neck, median over a take: an end site of the head further off tells none; chosen


def read(path: Path, ask: ReadOptions) -> list[Take]:
    """The one take of a BVH file.

    Raises:
        ValueError: the file cannot be read, or its joints are not known.
    """
    bvh = read_bvh(path, ask.strict)
    rate = 1 / bvh.period
    step = ask.step(rate)
    kept = replace(bvh, motion=bvh.motion[ask.skip :: step])
    if len(kept.motion) * len(bvh.names) > MOST_PLACES:
        raise ValueError(f"{path} has {len(kept.motion)} frames of {len(bvh.names)} joints; cut it into shorter takes")
    match = match_names(bvh.names, path) if ask.map is None else match_map(ask.map, bvh.names, path)
    name = path.name.split(".")[0]
    note = f"joints named as by {match.naming}"
    if match.naming == "cmu" and (whole := _with_thorax(kept)) is not None:
        kept = whole
        note += "; its bone of the thorax is left out: as long as the one below"
    position, rotation = transforms(kept)
    xyz = joints_of(kept, match, position, rotation)
    take = Take(name, xyz, round(1 / (bvh.period * step), 2), note, match.unit, _up(kept, match, xyz))
    return [with_extremities(take, kept, match, (position, rotation), ask)]


def _with_thorax(bvh: Bvh) -> Bvh | None:
    """CMU's conversion of 31 joints with the bone of the thorax, which it leaves out: its ends lie on ``Spine1``.

    All three bones of the spine are equally long in CMU's own skeletons (within 0.5%), and point the same way within 2
    degrees, so that the thorax gets the bone below it. None where a file has a bone there.
    """
    rows = {plain(name): row for row, name in enumerate(bvh.names)}
    below = bvh.offsets[rows["spine1"]] if "spine1" in rows else np.zeros(3)
    ends = [rows[name] for name in _THORAX if name in rows and bvh.parents[rows[name]] == rows.get("spine1")]
    if len(ends) < len(_THORAX) or np.abs(bvh.offsets[ends]).max() > 0.01 * np.linalg.norm(below):
        return None
    offsets = bvh.offsets.copy()
    offsets[ends] = below
    return replace(bvh, offsets=offsets)


def with_extremities(take: Take, tree: Bvh, match: Match, at: tuple[Array, Array], ask: ReadOptions) -> Take:
    """A take with toes, heels, hands and face, as far as its joints are all there.

    Args:
        take: of a file whose joints turn.
        tree: the file's joints.
        match: what they are.
        at: (T, J, 3) their places and (T, J, 3, 3) their rotations.
        ask: what the user said of the file.
    """
    if not np.isfinite(take.xyz).all():
        return take
    body = Body(take.xyz, upwards(take, ask), tall(take.xyz), take.rate)
    return replace(take, extremities=extremities(tree, *at, body, _single(match)))


def _up(bvh: Bvh, match: Match, xyz: Array) -> str | None:
    """The axis that points up as of the naming, or of the rest pose if the body stands more that way.

    Programs that convert such files turn them.

    Args:
        bvh: the file.
        match: what its joints are.
        xyz: (T, 17, 3) its joints.
    """
    if match.up is None:
        return None
    position, _ = transforms(replace(bvh, motion=np.zeros((1, bvh.motion.shape[1]))))
    at = {
        joint: sum(position[0, bvh.names.index(n)] * w for n, w in parts.items())
        for joint, parts in match.recipe.items()
    }
    leg = at["left_hip"] + at["right_hip"] - at["left_ankle"] - at["right_ankle"]
    axis = int(np.argmax(np.abs(leg)))
    rest = ("-" if leg[axis] < 0 else "") + "xyz"[axis]
    return max((match.up, rest), key=lambda up: stands(xyz, axis_vector(up)))


def _single(match: Match) -> dict[str, str]:
    """The file's joint of each of ours that is one of its joints; of the nose the skull's."""
    at = {joint: next(iter(parts)) for joint, parts in match.recipe.items() if len(parts) == 1}
    if SKULL in at:
        at["nose"] = at[SKULL]
    elif "nose" in match.recipe:
        at.setdefault("nose", max(match.recipe["nose"], key=lambda name: match.recipe["nose"][name]))
    return at


def joints_of(bvh: Bvh, match: Match, position: Array, rotation: Array) -> Array:
    """(T, 17, 3) of the inner skeleton; file units and axes.

    Args:
        bvh: the file's joints.
        match: what its joints are.
        position: (T, J, 3) of its joints.
        rotation: (T, J, 3, 3) of its joints.
    """
    at = {name: position[:, i] for i, name in enumerate(bvh.names)}
    joints = {
        joint: sum((at[name] * weight for name, weight in parts.items()), np.zeros(1))
        for joint, parts in match.recipe.items()
    }
    for joint, (name, move) in match.lifted.items():
        joints[joint] = at[name] + rotation[:, bvh.names.index(name)] @ np.array(move)
    skull = joints.pop(SKULL, None)
    if skull is not None:
        [name, *more] = match.recipe[SKULL]
        joints = with_head(joints, skull, _to_top(bvh, position, joints, "" if more else name))
    elif "head" not in joints:
        joints = with_head(joints, joints["nose"], joints["nose"] - _middle(joints, "shoulder"))
    elif "nose" not in joints:
        joints["nose"] = (joints["head"] + _middle(joints, "shoulder")) / 2
    if "spine" not in joints and (spine := _spine(bvh, position, joints)) is not None:
        joints["spine"] = spine
    return complete(joints)


def _middle(joints: dict[str, Array], joint: str) -> Array:
    return (joints[f"left_{joint}"] + joints[f"right_{joint}"]) / 2


def _to_top(bvh: Bvh, position: Array, joints: dict[str, Array], skull: str) -> Array:
    """(T, 3) from the skull's joint towards its top: to its end where the file has one, else as the neck points."""
    middle = _middle(joints, "shoulder")
    trunk = float(np.median(np.linalg.norm(middle - _middle(joints, "hip"), axis=-1)))
    if not skull:
        return joints["nose"] - middle
    row = bvh.names.index(skull)
    ends = [i for i, parent in enumerate(bvh.parents) if parent == row and _is_top(bvh.names[i])]
    for start, stop in [*((row, end) for end in ends), (bvh.parents[row], row)]:
        way = position[:, stop] - position[:, max(start, 0)]
        long = float(np.median(np.linalg.norm(way, axis=-1))) > _SHORT_END * trunk
        if long and np.median(degrees_between(way, position[:, row] - middle)) < _AWAY:
            return way
    return position[:, row] - middle


def _is_top(name: str) -> bool:
    return name.lower().rstrip("_0123456789").endswith(("end", "top", "nub", "tip", "site"))


def _spine(bvh: Bvh, position: Array, joints: dict[str, Array]) -> Array | None:
    """The joint of the spine nearest to the middle of the trunk, if one is near."""
    low, high = _middle(joints, "hip"), _middle(joints, "shoulder")
    trunk = high - low
    length = np.maximum((trunk**2).sum(-1), 1e-12)
    found: dict[float, int] = {}
    for row, name in enumerate(bvh.names):
        if plain(name).startswith(_SPINES):
            share = float(np.median(((position[:, row] - low) * trunk).sum(-1) / length))
            if _HALF_WAY[0] <= share <= _HALF_WAY[1]:
                found.setdefault(abs(share - 0.5), row)
    return position[:, found[min(found)]] if found else None
