"""BVH writer: named joints, y up, metres, no NaN, and forward kinematics that give back the pose.

Every bone has a rotation of its own, so where bones branch (hips, chest) a joint of its own begins each branch, a tenth
of a millimetre from the one that it branches from: no bone has no length. Only the root has position
channels, which every reader understands. A bone whose length changes over the clip becomes two links, the second as
short as the change allows (``...Slide``): rotations alone then reach every length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.contracts.times import median_step
from dance3d.geometry.bones import BONE_NAMES, BONES, bone
from dance3d.geometry.rotations import about, perpendicular
from dance3d.geometry.vectors import unit
from dance3d.io.export_files.animation_joints import Node, tree
from dance3d.io.export_files.posed_body import PosedBody, posed_body
from dance3d.io.export_files.rig import hip_height

Array = NDArray[np.float64]

BLOCK = 8192  # frames whose rotations are worked out at once
TOLERANCE = 1e-4  # metres a bone may change before it is given a second link
BRANCH = 1e-4  # metres from a joint to one that begins a branch there; joints behind are off by less than twice as much
HEAD_END = np.array([0.0, 0.05, 0.0])  # metres beyond the top of the head
Links = dict[str, tuple[float, float]]
"""Lengths of the one or two links of the bone that ends at each joint."""


def write_bvh(pose: Pose3D, path: Path, origin: Array | None = None, names: str | None = None) -> None:
    """Write one dancer's motion; see ``docs/outputs.md`` for units, axes and joint names.

    One MOTION frame per row of ``pose`` where its times are even to half a frame; else resampled at the median rate.
    Missing joints are interpolated in time (held before the first and after the last), as BVH cannot say "missing".

    Args:
        pose: h36m17 skeleton.
        path: of the file.
        origin: as for ``to_world``.
        names: of ``animation_joints.NAMES``; our own if none are given.

    Raises:
        ValueError: no such names.
    """
    nodes = tree(names or "dance3d")
    time, step = even_times(pose.time)
    body = posed_body(pose, origin, time)
    lengths = _shortened(body, nodes)
    limbs = {joint: _links(length) for joint, length in lengths.items()}
    angles = _solve(body, nodes, lengths, limbs)
    hierarchy = _hierarchy(nodes, limbs, body.ends, hip_height(body))
    write_motion(path, hierarchy, body.root, continuous(angles), step)


def even_times(time: Array) -> tuple[Array, float]:
    """Times of the MOTION frames and the step between them: the given ones where they are even to half a frame."""
    if len(time) == 1:
        return time, 1 / 30
    step = float(time[-1] - time[0]) / (len(time) - 1)
    grid = time[0] + step * np.arange(len(time))
    if np.abs(time - grid).max() <= step / 2:
        return time, step
    step = max(median_step(time, 1 / 30), float(time[-1] - time[0]) / 1e6)  # chosen: at most a million frames
    return np.minimum(time[0] + step * np.arange(round((time[-1] - time[0]) / step) + 1), time[-1]), step


def angles_zxy(rotation: Array) -> Array:
    """(T, N, 3) angles (z, x, y) in radians with R = Rz Rx Ry of (T, N, 3, 3) rotations, each frame for itself."""
    r = rotation
    x = np.arcsin(np.clip(r[..., 2, 1], -1, 1))
    locked = np.abs(r[..., 2, 1]) > 1 - 1e-12  # gimbal lock: only z and y together are defined; y takes none
    z = np.where(locked, np.arctan2(r[..., 1, 0], r[..., 0, 0]), np.arctan2(-r[..., 0, 1], r[..., 1, 1]))
    y = np.where(locked, 0.0, np.arctan2(-r[..., 2, 0], r[..., 2, 2]))
    return np.stack([z, x, y], -1)


def continuous(angles: Array) -> Array:
    """Angles (T, N, 3) in radians to degrees, without jumps over T; in place."""
    turn = 2 * np.pi
    for t in range(1, len(angles)):  # each frame takes the triple and the turns nearest to the frame before
        before = angles[t - 1]
        other = np.pi - angles[t] * [-1, 1, -1]  # the second triple of the same rotation
        both = np.stack([c + turn * np.round((before - c) / turn) for c in (angles[t], other)])
        nearest = np.abs(both - before).sum(-1).argmin(0)
        angles[t] = np.take_along_axis(both, nearest[None, :, None], 0)[0]
    return np.asarray(np.rad2deg(angles, out=angles))


def write_motion(path: Path, hierarchy: str, root: Array, angles: Array, step: float) -> None:
    """Write a BVH file from its hierarchy text and channel values.

    Args:
        path: of the file.
        hierarchy: the HIERARCHY section.
        root: (T, 3) metres.
        angles: (T, N, 3) degrees in the order of the channels.
        step: seconds per frame.

    Raises:
        ValueError: a value is not finite.
    """
    rows = np.concatenate([root, angles.reshape(len(angles), -1)], 1)
    if not np.isfinite(rows).all():
        raise ValueError(f"{path.name}: the motion of frame {int((~np.isfinite(rows)).any(1).argmax())} is not finite")
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"{hierarchy}MOTION\nFrames: {len(rows)}\nFrame Time: {step:.9f}\n")
        np.savetxt(file, rows, "%.6f")


def _shortened(body: PosedBody, nodes: Sequence[Node]) -> dict[str, Array]:
    """Lengths of bones (T,) by their ends, less where a joint that begins a branch stands a little along them."""
    out = dict(body.lengths)
    for node in nodes:
        if _branches(node, nodes):
            out[node.aims] = out[node.aims] - min(BRANCH, float(out[node.aims].min()) / 2)
    return out


def _branches(node: Node, nodes: Sequence[Node]) -> bool:
    """Whether a joint begins a branch where its parent stands."""
    return bool(node.aims) and any(other.name == node.parent and other.at == node.at for other in nodes)


def _links(values: Array) -> tuple[float, float]:
    """Lengths of the one or two links of a bone whose length is ``values`` (T,); second 0 where it is rigid."""
    first = float(np.median(values))
    second = float(np.abs(values - first).max())
    if second > first:  # so long a second link could not fold back far enough; the mean of the extremes can
        first, second = float(values.max() + values.min()) / 2, float(np.ptp(values)) / 2
    return first, second if second > TOLERANCE else 0.0


def _hierarchy(nodes: Sequence[Node], links: Links, ends: Mapping[str, Array], height: float) -> str:
    """The HIERARCHY section.

    Args:
        nodes: the tree.
        links: lengths of bones.
        ends: (3,) from ankles and wrists to the ends of feet and hands.
        height: of the pelvis above the soles.
    """
    by_name = {node.name: node for node in nodes}

    def block(node: Node, depth: int) -> list[str]:
        parent = by_name.get(node.parent)
        offset = np.array([0.0, height, 0.0]) if parent is None else np.zeros(3)
        opened, inner = [], depth
        if parent is not None and parent.aims == node.at:
            along = unit(np.array(bone(parent.bone).rest))
            first, second = links[node.at]
            offset = along * (second or first)
            if second:
                opened = _opening("JOINT", f"{node.name}Slide", along * first, depth)
                inner += 1
        elif parent is not None and parent.at == node.at:
            offset = unit(np.array(bone(node.bone).rest)) * (BRANCH if node.aims and links[node.aims][0] else 0.0)
        elif parent is not None:  # hangs on a joint further back, along a bone that turns with it
            offset = unit(np.array(next(one.rest for one in BONES if one.end == node.at))) * links[node.at][0]
        opened += _opening("JOINT" if node.parent else "ROOT", node.name, offset, inner)
        children = [n for n in nodes if n.parent == node.name]
        for child in children:
            opened += block(child, inner + 1)
        if not children:
            tab = "\t" * (inner + 1)
            end = ends[node.aims] if node.aims else HEAD_END
            opened += [f"{tab}End Site", f"{tab}{{", f"{tab}\tOFFSET {_numbers(end)}", f"{tab}}}"]
        return opened + ["\t" * level + "}" for level in range(inner, depth - 1, -1)]

    return "\n".join(["HIERARCHY", *block(nodes[0], 0)]) + "\n"


def _opening(kind: str, name: str, offset: Array, depth: int) -> list[str]:
    tab, turns = "\t" * depth, "Zrotation Xrotation Yrotation"
    channels = f"6 Xposition Yposition Zposition {turns}" if kind == "ROOT" else f"3 {turns}"
    return [f"{tab}{kind} {name}", f"{tab}{{", f"{tab}\tOFFSET {_numbers(offset)}", f"{tab}\tCHANNELS {channels}"]


def _numbers(values: Array) -> str:
    return " ".join(f"{v + 0.0:.6f}" for v in values)


def _solve(body: PosedBody, nodes: Sequence[Node], lengths: Mapping[str, Array], links: Links) -> Array:
    """Channel angles (T, N, 3), radians, each frame for itself, in the order of ``_hierarchy``.

    Args:
        body: that moves.
        nodes: the tree.
        lengths: (T,) of bones, as ``_shortened`` gives them.
        links: of each.
    """
    angles = []
    for first in range(0, len(body.root), BLOCK):
        rows = slice(first, first + BLOCK)
        turns = {name: body.turn[rows, i] for i, name in enumerate(BONE_NAMES)}
        angles.append(angles_zxy(_rotations(nodes, turns, {k: v[rows] for k, v in lengths.items()}, links)))
    return np.concatenate(angles)


def _rotations(nodes: Sequence[Node], turns: Mapping[str, Array], lengths: Mapping[str, Array], links: Links) -> Array:
    """(T, N, 3, 3) rotations of the nodes in their parents.

    Args:
        nodes: the tree.
        turns: (T, 3, 3) of the bones in the world.
        lengths: (T,) of the bones by their ends.
        links: of each.
    """
    world: dict[str, Array] = {}
    local: list[Array] = []
    by_name = {node.name: node for node in nodes}

    def place(name: str, parent: str, turn: Array) -> None:
        local.append(np.swapaxes(world[parent], -1, -2) @ turn if parent else turn)
        world[name] = turn

    def both(node: Node) -> tuple[Array, Array]:
        turn = turns[node.bone]
        first, second = links.get(node.aims, (0.0, 0.0))
        return _bend(turn, bone(node.bone).rest, lengths[node.aims], (first, second)) if second else (turn, turn)

    for node in nodes:
        parent = node.parent
        if parent and by_name[parent].aims == node.at and links[node.at][1]:
            parent = f"{node.name}Slide"
            place(parent, node.parent, both(by_name[node.parent])[1])
        place(node.name, parent, both(node)[0])
    return np.stack(local, 1)


def _bend(
    turn: Array, rest: tuple[float, float, float], length: Array, links: tuple[float, float]
) -> tuple[Array, Array]:
    """World rotations of the two links that together reach a bone's length: the triangle of both and the bone.

    Args:
        turn: (T, 3, 3) of the bone.
        rest: its direction in the rest pose.
        length: (T,) metres.
        links: lengths of both.
    """
    first, second = links
    reach = np.maximum(length, 1e-9)
    near = np.arccos(np.clip((first**2 + reach**2 - second**2) / (2 * first * reach), -1, 1))
    far = np.arccos(np.clip((second**2 + reach**2 - first**2) / (2 * second * reach), -1, 1))
    axis = np.broadcast_to(perpendicular(np.array(rest)), (len(turn), 3))
    return turn @ about(axis, near), turn @ about(axis, -far)
