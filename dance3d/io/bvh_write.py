"""BVH writer: named joints, y up, metres, no NaN, and forward kinematics that give back the pose.

Every bone has a rotation of its own, so joints that branch (hips, chest) carry helper joints of length zero. Only the
root has position channels, which every reader understands. A bone whose length changes over the clip becomes two links,
the second as short as the change allows (``...Slide``): rotations alone then reach every length.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.contracts.times import median_step
from dance3d.geometry.vectors import unit
from dance3d.io.world_frame import cross_matrix, perpendicular, swing, to_world
from dance3d.skeleton import H36M17

Array = NDArray[np.float64]

BLOCK = 8192  # frames whose rotations are worked out at once
TOLERANCE = 1e-4  # metres a bone may change before it is given a second link


@dataclass(frozen=True)
class Node:
    """One BVH joint: ``at`` is the joint it sits on, ``aims`` the joint its rotation points at, along ``rest``."""

    name: str
    parent: str
    at: str
    aims: str = ""
    rest: tuple[float, float, float] = (0.0, 1.0, 0.0)


def _leg(side: str, x: float) -> tuple[Node, ...]:
    low, down = side.lower(), (0.0, -1.0, 0.0)
    return (
        Node(f"{side}Pelvis", "Hips", "pelvis", f"{low}_hip", (x, 0.0, 0.0)),
        Node(f"{side}UpLeg", f"{side}Pelvis", f"{low}_hip", f"{low}_knee", down),
        Node(f"{side}Leg", f"{side}UpLeg", f"{low}_knee", f"{low}_ankle", down),
        Node(f"{side}Foot", f"{side}Leg", f"{low}_ankle", "", (0.0, -0.06, 0.14)),
    )


def _arm(side: str, x: float) -> tuple[Node, ...]:
    low, out = side.lower(), (x, 0.0, 0.0)
    return (
        Node(f"{side}Shoulder", "Chest", "thorax", f"{low}_shoulder", out),
        Node(f"{side}Arm", f"{side}Shoulder", f"{low}_shoulder", f"{low}_elbow", out),
        Node(f"{side}ForeArm", f"{side}Arm", f"{low}_elbow", f"{low}_wrist", out),
        Node(f"{side}Hand", f"{side}ForeArm", f"{low}_wrist", "", (0.08 * x, 0.0, 0.0)),
    )


# T-pose: facing +z, the dancer's left towards +x. Depth first, as the file. Leaves keep an end site of ``rest`` metres.
NODES: tuple[Node, ...] = (
    Node("Hips", "", "pelvis"),
    Node("LowerBack", "Hips", "pelvis", "spine"),
    Node("Spine", "LowerBack", "spine", "thorax"),
    Node("Chest", "Spine", "thorax"),
    Node("Neck", "Chest", "thorax", "nose", (0.0, 0.9, 0.4)),
    Node("Head", "Neck", "nose", "head", (0.0, 0.9, -0.4)),
    Node("HeadTop", "Head", "head", "", (0.0, 0.05, 0.0)),
    *_arm("Left", 1.0),
    *_arm("Right", -1.0),
    *_leg("Left", 1.0),
    *_leg("Right", -1.0),
)
# The BVH joint that stands where each joint of the pose is; helpers stand on a joint that already has a name.
_HELPERS = ("LowerBack", "Neck", "LeftPelvis", "RightPelvis", "LeftShoulder", "RightShoulder")
JOINTS: dict[str, str] = {node.at: node.name for node in NODES if node.name not in _HELPERS}


def write_bvh(pose: Pose3D, path: Path, origin: Array | None = None) -> None:
    """Write one dancer's motion; see ``docs/outputs.md`` for units, axes and joint names.

    One MOTION frame per row of ``pose`` where its times are even to half a frame; else resampled at the median rate.
    Missing joints are interpolated in time (held before the first and after the last), as BVH cannot say "missing".

    Args:
        pose: h36m17 skeleton.
        path: of the file.
        origin: as for ``to_world``.
    """
    time, step = even_times(pose.time)
    root, direction, length = _bones(to_world(pose, origin), pose.time, time)
    limbs = _links(length)
    angles = _solve(direction, length, limbs)
    del direction, length  # hours of video: what follows needs the room
    write_motion(path, _hierarchy(limbs), root, continuous(angles), step)


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


def _filled(values: Array, time: Array, at: Array) -> Array:
    """Values (T, ...) at other times: linear over NaN and between rows, held at the ends; zeros where all are NaN."""
    flat = values.reshape(len(values), -1)
    out = np.zeros((len(at), flat.shape[1]))
    for column in range(flat.shape[1]):
        known = np.isfinite(flat[:, column])
        if known.any():
            out[:, column] = np.interp(at, time[known], flat[known, column])
    return out.reshape(len(at), *values.shape[1:])


def _bones(world: Array, time: Array, at: Array) -> tuple[Array, Array, Array]:
    """Root (T, 3), directions (T, J, 3) and lengths (T, J) of the bone that ends at each joint, complete and at ``at``.

    Directions and lengths are interpolated apart, so that a gap does not shrink a turning limb.
    """
    vector = world - world[:, H36M17.parent_indices]
    length = np.linalg.norm(vector, axis=-1)
    direction = _filled(vector / np.maximum(length, 1e-9)[..., None], time, at)
    size = np.linalg.norm(direction, axis=-1, keepdims=True)
    root = world[:, H36M17.index("pelvis")]
    return _filled(root, time, at), direction / np.maximum(size, 1e-9), _filled(length, time, at)


def _links(length: Array) -> dict[str, tuple[float, float]]:
    """Lengths of the one or two links of the bone that ends at each joint (second 0 where the bone is rigid)."""
    links = {}
    for joint, values in zip(H36M17.joints, length.T, strict=True):
        first = float(np.median(values))
        second = float(np.abs(values - first).max())
        if second > first:  # so long a second link could not fold back far enough; the mean of the extremes can
            first, second = float(values.max() + values.min()) / 2, float(np.ptp(values)) / 2
        links[joint] = (first, second if second > TOLERANCE else 0.0)
    return links


def _hierarchy(links: dict[str, tuple[float, float]]) -> str:
    """The HIERARCHY section for bones of these lengths."""
    nodes = {node.name: node for node in NODES}

    def block(node: Node, depth: int) -> list[str]:
        parent = nodes.get(node.parent)
        offset = np.zeros(3)
        opened, inner = [], depth
        if parent is not None and parent.aims == node.at:
            unit = np.array(parent.rest) / np.linalg.norm(parent.rest)
            first, second = links[node.at]
            offset = unit * (second or first)
            if second:
                opened = _opening("JOINT", f"{node.name}Slide", unit * first, depth)
                inner += 1
        opened += _opening("JOINT" if node.parent else "ROOT", node.name, offset, inner)
        for child in (n for n in NODES if n.parent == node.name):
            opened += block(child, inner + 1)
        if not node.aims and not any(n.parent == node.name for n in NODES):
            tab = "\t" * (inner + 1)
            opened += [f"{tab}End Site", f"{tab}{{", f"{tab}\tOFFSET {_numbers(np.array(node.rest))}", f"{tab}}}"]
        return opened + ["\t" * level + "}" for level in range(inner, depth - 1, -1)]

    return "\n".join(["HIERARCHY", *block(NODES[0], 0)]) + "\n"


def _opening(kind: str, name: str, offset: Array, depth: int) -> list[str]:
    tab, turns = "\t" * depth, "Zrotation Xrotation Yrotation"
    channels = f"6 Xposition Yposition Zposition {turns}" if kind == "ROOT" else f"3 {turns}"
    return [f"{tab}{kind} {name}", f"{tab}{{", f"{tab}\tOFFSET {_numbers(offset)}", f"{tab}\tCHANNELS {channels}"]


def _numbers(values: Array) -> str:
    return " ".join(f"{v + 0.0:.6f}" for v in values)


def _solve(direction: Array, length: Array, links: dict[str, tuple[float, float]]) -> Array:
    """Channel angles (T, N, 3), radians, each frame for itself, in the order of ``_hierarchy``."""

    def bone(joint: str) -> Array:
        return direction[:, H36M17.index(joint)]

    frames = {
        "Hips": _frame(bone("left_hip") - bone("right_hip"), bone("spine")),
        "Chest": _frame(bone("left_shoulder") - bone("right_shoulder"), bone("thorax")),
    }
    angles = []
    for first in range(0, len(length), BLOCK):
        rows = slice(first, first + BLOCK)
        own = {name: frame[rows] for name, frame in frames.items()}
        angles.append(angles_zxy(_rotations(own, direction[rows], length[rows], links)))
    return np.concatenate(angles)


def _rotations(
    frames: dict[str, Array], direction: Array, length: Array, links: dict[str, tuple[float, float]]
) -> Array:
    """(T, N, 3, 3) rotations of the nodes in their parents, given those of the trunk's ``frames`` in the world."""
    turns: dict[str, Array] = {}  # what a node's children inherit, without the bend of a two-link bone
    world: dict[str, Array] = {}
    local: list[Array] = []

    def place(name: str, parent: str, turn: Array) -> None:
        local.append(np.swapaxes(world[parent], -1, -2) @ turn if parent else turn)
        world[name] = turn

    def bone(joint: str) -> Array:
        return direction[:, H36M17.index(joint)]

    for node in NODES:
        parent = node.parent
        if parent and links[node.at][1] and next(n for n in NODES if n.name == parent).aims == node.at:
            parent = f"{node.name}Slide"
            place(parent, node.parent, _bend(turns[node.parent], node.parent, length, links)[1])
        if node.name in frames:
            turn = frames[node.name]
        elif node.aims:
            inherited = turns[node.parent]
            seen = np.einsum("tji,tj->ti", inherited, bone(node.aims))
            turn = inherited @ swing(np.array(node.rest), seen)
        else:
            turn = turns[node.parent]
        turns[node.name] = turn
        place(node.name, parent, _bend(turn, node.name, length, links)[0] if node.aims else turn)
    return np.stack(local, 1)


def _bend(turn: Array, name: str, length: Array, links: dict[str, tuple[float, float]]) -> tuple[Array, Array]:
    """World rotations of the two links that together reach the bone's length: the triangle of both and the bone."""
    node = next(n for n in NODES if n.name == name)
    first, second = links[node.aims]
    if not second:
        return turn, turn
    reach = np.maximum(length[:, H36M17.index(node.aims)], 1e-9)
    near = np.arccos(np.clip((first**2 + reach**2 - second**2) / (2 * first * reach), -1, 1))
    far = np.arccos(np.clip((second**2 + reach**2 - first**2) / (2 * second * reach), -1, 1))
    axis = cross_matrix(perpendicular(np.array(node.rest))[None])[0]

    def about(angle: Array) -> Array:
        sine, rest = np.sin(angle)[:, None, None], (1 - np.cos(angle))[:, None, None]
        return np.asarray(np.eye(3) + sine * axis + rest * (axis @ axis))

    return turn @ about(near), turn @ about(-far)


def _frame(left: Array, up: Array) -> Array:
    """(T, 3, 3) rotations whose x axis is ``left`` and whose y axis lies towards ``up``; the last known where flat."""
    x = unit(left)
    ahead = np.cross(x, up)
    frame = np.stack([x, np.cross(unit(ahead), x), unit(ahead)], -1)
    known = (np.linalg.norm(ahead, axis=-1) > 1e-3) & (np.linalg.norm(left, axis=-1) > 1e-6)
    last = np.maximum.accumulate(np.where(known, np.arange(len(x)), -1))
    return np.asarray(np.where((last >= 0)[:, None, None], frame[np.maximum(last, 0)], np.eye(3)))
