"""glTF 2.0 writer: one binary file with joints, their motion and a plain body that wears it, for any viewer.

Format: Khronos Group, glTF 2.0 Specification (2021). Right-handed, y up, metres, seconds; no extension is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.bones import BONE_NAMES, BONES, bone
from dance3d.geometry.rotations import quaternions
from dance3d.geometry.vectors import unit
from dance3d.io.animation_joints import NODES
from dance3d.io.capsule_mesh import capsule_body
from dance3d.io.posed_body import PosedBody, posed_body

Array = NDArray[np.float64]
TOLERANCE = 1e-4
"""Metres a bone's length may change before its joint is moved as well as turned."""
BLOCK = 8192  # frames whose rotations are worked out at once
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_COMPONENTS = {np.dtype("u1"): 5121, np.dtype("u2"): 5123, np.dtype("u4"): 5125, np.dtype("f4"): 5126}
_VERTICES, _TRIANGLES = 34962, 34963  # targets of buffer views


@dataclass
class _Buffer:
    """The binary part, and what describes it."""

    chunks: list[bytes] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0

    def add(self, values: NDArray[Any], target: int = 0, bounds: bool = False, normalized: bool = False) -> int:
        """Store an array (N,) or (N, C); the number of its accessor.

        Args:
            values: of a type of ``_COMPONENTS``.
            target: of the view, if it is one of a mesh.
            bounds: whether to tell the least and the greatest.
            normalized: whether whole numbers stand for 0 to 1.
        """
        data = np.ascontiguousarray(values).tobytes()
        view = {"buffer": 0, "byteOffset": self.size, "byteLength": len(data)} | ({"target": target} if target else {})
        width = 1 if values.ndim == 1 else values.shape[1]
        said: dict[str, Any] = {"bufferView": len(self.views), "componentType": _COMPONENTS[values.dtype]}
        said |= {"count": len(values), "type": _TYPES[width]} | ({"normalized": True} if normalized else {})
        if bounds:
            flat = values.reshape(len(values), width)
            said |= {"min": flat.min(0).tolist(), "max": flat.max(0).tolist()}
        data += b"\0" * (-len(data) % 4)
        self.chunks.append(data)
        self.size += len(data)
        self.views.append(view)
        self.accessors.append(said)
        return len(self.accessors) - 1


def write_gltf(pose: Pose3D, path: Path, origin: Array | None = None) -> None:
    """Write one dancer's motion and a body that wears it; see ``docs/outputs.md``.

    One key per row of ``pose``, at its time from the first row on. Missing joints are interpolated in time.

    Args:
        pose: h36m17 skeleton.
        path: of the ``.glb`` file.
        origin: as for ``to_world``.
    """
    body = posed_body(pose, origin, pose.time)
    buffer = _Buffer()
    offsets, moves = _offsets(body)
    nodes: list[dict[str, Any]] = [
        {"name": node.name, "translation": [round(float(v), 7) for v in offsets[node.name]]} for node in NODES
    ]
    for i, node in enumerate(NODES):
        if children := [k for k, child in enumerate(NODES) if child.parent == node.name]:
            nodes[i]["children"] = children
    nodes.append({"name": "Body", "mesh": 0, "skin": 0})
    places = _places(offsets)
    document = {
        "asset": {"version": "2.0", "generator": "dance3d"},
        "scene": 0,
        "scenes": [{"nodes": [0, len(NODES)]}],
        "nodes": nodes,
        "meshes": [{"name": "Body", "primitives": [_primitive(buffer, body, places)]}],
        "materials": [{"name": "Body", "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}}],
        "skins": [_skin(buffer, places)],
        "animations": [_animation(buffer, body, moves)],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": buffer.size}],
    }
    _write(path, document, buffer)


def _offsets(body: PosedBody) -> tuple[dict[str, Array], dict[str, Array]]:
    """(3,) offset of every joint from its parent in the rest pose, and the courses (T, 3) of those that change."""
    nodes = {node.name: node for node in NODES}
    offsets, moves = {}, {}
    for node in NODES:
        offsets[node.name] = np.zeros(3)
        parent = nodes.get(node.parent)
        if parent is not None and parent.aims == node.at:
            along, length = unit(np.array(bone(parent.bone).rest)), body.lengths[node.at]
            offsets[node.name] = along * np.median(length)
            if np.ptp(length) > TOLERANCE:
                moves[node.name] = length[:, None] * along
    return offsets, {NODES[0].name: body.root, **moves}


def _places(offsets: Mapping[str, Array]) -> dict[str, Array]:
    """(3,) places of the joints of the file in the rest pose, the root at the origin."""
    out: dict[str, Array] = {}
    for node in NODES:
        out[node.name] = offsets[node.name] + (out[node.parent] if node.parent else 0)
    return out


def _primitive(buffer: _Buffer, body: PosedBody, places: Mapping[str, Array]) -> dict[str, Any]:
    at = {node.at: places[node.name] for node in NODES}
    at |= {one.end: at[one.start] + body.ends[one.end] for one in BONES if one.end in body.ends}
    mesh = capsule_body(at)
    joint = {node.bone: i for i, node in reversed(list(enumerate(NODES)))}  # the first joint that turns as the bone
    joints = np.zeros((len(mesh.bone), 4), np.uint8)
    joints[:, 0] = np.array([joint[name] for name in BONE_NAMES])[mesh.bone]
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(mesh.bone), 1))
    colours = np.full((len(mesh.bone), 4), 255, np.uint8)
    colours[:, :3] = np.round(255 * mesh.colour)
    attributes = {
        "POSITION": buffer.add(mesh.position.astype(np.float32), _VERTICES, bounds=True),
        "NORMAL": buffer.add(mesh.normal.astype(np.float32), _VERTICES),
        "COLOR_0": buffer.add(colours, _VERTICES, normalized=True),
        "JOINTS_0": buffer.add(joints, _VERTICES),
        "WEIGHTS_0": buffer.add(weights, _VERTICES),
    }
    triangles = buffer.add(mesh.triangles.astype(np.uint16).ravel(), _TRIANGLES)
    return {"attributes": attributes, "indices": triangles, "material": 0}


def _skin(buffer: _Buffer, places: Mapping[str, Array]) -> dict[str, Any]:
    back = np.tile(np.eye(4, dtype=np.float32), (len(NODES), 1, 1))
    back[:, 3, :3] = [-places[node.name] for node in NODES]  # matrices are stored by columns
    inverse = buffer.add(back.reshape(-1, 16))
    return {"joints": list(range(len(NODES))), "skeleton": 0, "inverseBindMatrices": inverse}


def _animation(buffer: _Buffer, body: PosedBody, moves: Mapping[str, Array]) -> dict[str, Any]:
    """Rotations of all joints, and translations of the root and of joints at which a bone's length changes."""
    time = (body.time - body.time[0]).astype(np.float32)
    kept = np.flatnonzero(np.diff(time, prepend=-1.0) > 0)  # single precision may not tell two frames apart
    clock = buffer.add(time[kept], bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def animate(node: int, path: str, values: Array) -> None:
        keys = buffer.add(values[kept].astype(np.float32))
        samplers.append({"input": clock, "output": keys, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    for i, node in enumerate(NODES):
        own, parent = BONE_NAMES.index(node.bone), next((n.bone for n in NODES if n.name == node.parent), "")
        if node.name in moves:
            animate(i, "translation", moves[node.name])
        if node.bone != parent:
            animate(i, "rotation", _local(body.turn, own, BONE_NAMES.index(parent) if parent else None))
    return {"name": "Dance", "channels": channels, "samplers": samplers}


def _local(turn: Array, own: int, parent: int | None) -> Array:
    """(T, 4) quaternions of a bone in its parent, without changes of sign from frame to frame."""
    blocks = []
    for first in range(0, len(turn), BLOCK):
        rows = turn[first : first + BLOCK]
        back = np.eye(3) if parent is None else np.swapaxes(rows[:, parent], -1, -2)
        blocks.append(quaternions(back @ rows[:, own]))
    q = np.concatenate(blocks)
    flips = (q[1:] * q[:-1]).sum(-1) < 0
    q[1:][np.cumsum(flips) % 2 == 1] *= -1
    return q


def _write(path: Path, document: dict[str, Any], buffer: _Buffer) -> None:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % 4)
    with path.open("wb") as file:
        head = np.array([_MAGIC, 2, 12 + 8 + len(text) + 8 + buffer.size, len(text), _JSON], "<u4")
        file.write(head.tobytes() + text + np.array([buffer.size, _BIN], "<u4").tobytes())
        for chunk in buffer.chunks:
            file.write(chunk)
