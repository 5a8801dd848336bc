"""glTF 2.0 writer: one binary file with joints, their motion and a plain skinned body, for any viewer.

Format: Khronos Group, glTF 2.0 Specification (2021). Right-handed, y up, metres, seconds; no extension is used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.bones import BONE_NAMES
from dance3d.io.export_files.animation_joints import Node, tree
from dance3d.io.export_files.body_capsules import body_capsules
from dance3d.io.export_files.body_surface import body_surface
from dance3d.io.export_files.foot_contacts import foot_contacts
from dance3d.io.export_files.posed_body import PosedBody, posed_body
from dance3d.io.export_files.rig import Rig, local_quaternions, rest_places, rig_of
from dance3d.io.world_frame import to_world

Array = NDArray[np.float64]
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_COMPONENTS = {np.dtype("u1"): 5121, np.dtype("u2"): 5123, np.dtype("u4"): 5125, np.dtype("f4"): 5126}
_GAMMA = 2.2  # colours of corners are linear light (specification, 3.9.2); ours are those of a screen
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


def write_gltf(pose: Pose3D, path: Path, origin: Array | None = None, names: str | None = None) -> None:
    """Write one dancer's motion and a body that wears it; see ``docs/outputs.md``.

    One key per row of ``pose``, at its time from the first row on. Missing joints are interpolated in time.

    Args:
        pose: h36m17 skeleton.
        path: of the ``.glb`` file.
        origin: as for ``to_world``.
        names: of ``animation_joints.NAMES``; Mixamo's if none are given.

    Raises:
        ValueError: no such names.
    """
    nodes = tree(names or "mixamo", ends=True)
    body = posed_body(pose, origin, pose.time)
    rig = rig_of(body, nodes)
    buffer = _Buffer()
    row = {node.name: i for i, node in enumerate(nodes)}
    told: list[dict[str, Any]] = [
        {"name": node.name, "translation": [round(float(v), 7) for v in rig.offset[node.name]]} for node in nodes
    ]
    for node in nodes[1:]:
        told[row[node.parent]].setdefault("children", []).append(row[node.name])
    told.append({"name": "Body", "mesh": 0, "skin": 0})
    contacts = foot_contacts(to_world(pose, origin), pose.time)
    feet = {node.at.partition("_")[0]: node.name for node in nodes if node.at in ("left_ankle", "right_ankle")}
    document = {
        "asset": {"version": "2.0", "generator": "dance3d"},
        "scene": 0,
        "scenes": [{"name": "Dance", "nodes": [0, len(nodes)]}],
        "nodes": told,
        "meshes": [{"name": "Body", "primitives": [_primitive(buffer, body, rig, nodes)]}],
        "materials": [{"name": "Body", "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}}],
        "skins": [_skin(buffer, rig, nodes)],
        "animations": [_animation(buffer, body, rig, nodes)],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": buffer.size}],
    }
    for side, name in feet.items():
        told[row[name]]["extras"] = {"contact_seconds": contacts[side]}
    _write(path, document, buffer)


def _primitive(buffer: _Buffer, body: PosedBody, rig: Rig, nodes: Sequence[Node]) -> dict[str, Any]:
    skin = body_surface(body_capsules(rest_places(body)))
    joint = {node.bone: i for i, node in reversed(list(enumerate(nodes)))}  # the first joint that turns as the bone
    four = np.argsort(-skin.weight, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(skin.weight, four, 1).astype(np.float32)
    joints = np.array([joint.get(name, 0) for name in BONE_NAMES], np.uint8)[four]
    joints[weights == 0] = 0
    colours = np.full((len(skin.colour), 4), 255, np.uint8)
    colours[:, :3] = np.round(255 * skin.colour**_GAMMA)
    attributes = {
        "POSITION": buffer.add(skin.position.astype(np.float32), _VERTICES, bounds=True),
        "NORMAL": buffer.add(skin.normal.astype(np.float32), _VERTICES),
        "COLOR_0": buffer.add(colours, _VERTICES, normalized=True),
        "JOINTS_0": buffer.add(joints, _VERTICES),
        "WEIGHTS_0": buffer.add(weights, _VERTICES),
    }
    triangles = buffer.add(skin.triangles.astype(np.uint16).ravel(), _TRIANGLES)
    return {"attributes": attributes, "indices": triangles, "material": 0}


def _skin(buffer: _Buffer, rig: Rig, nodes: Sequence[Node]) -> dict[str, Any]:
    back = np.tile(np.eye(4, dtype=np.float32), (len(nodes), 1, 1))
    back[:, 3, :3] = [-rig.place[node.name] for node in nodes]  # matrices are stored by columns
    inverse = buffer.add(back.reshape(-1, 16))
    return {"joints": list(range(len(nodes))), "skeleton": 0, "inverseBindMatrices": inverse}


def _animation(buffer: _Buffer, body: PosedBody, rig: Rig, nodes: Sequence[Node]) -> dict[str, Any]:
    """Rotations of the joints that turn against their parents, and translations of those that move."""
    time = (body.time - body.time[0]).astype(np.float32)
    kept = np.flatnonzero(np.diff(time, prepend=-1.0) > 0)  # single precision may not tell two frames apart
    clock = buffer.add(time[kept], bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def animate(node: int, path: str, values: Array) -> None:
        keys = buffer.add(values[kept].astype(np.float32))
        samplers.append({"input": clock, "output": keys, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    turns_as = {node.name: node.bone for node in nodes}
    for i, node in enumerate(nodes):
        parent = turns_as.get(node.parent, "")
        if node.name in rig.moves:
            animate(i, "translation", rig.moves[node.name])
        if node.bone != parent:
            own, above = BONE_NAMES.index(node.bone), BONE_NAMES.index(parent) if parent else None
            animate(i, "rotation", local_quaternions(body.turn, own, above))
    return {"name": "Dance", "channels": channels, "samplers": samplers}


def _write(path: Path, document: dict[str, Any], buffer: _Buffer) -> None:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % 4)
    with path.open("wb") as file:
        head = np.array([_MAGIC, 2, 12 + 8 + len(text) + 8 + buffer.size, len(text), _JSON], "<u4")
        file.write(head.tobytes() + text + np.array([buffer.size, _BIN], "<u4").tobytes())
        for chunk in buffer.chunks:
            file.write(chunk)
