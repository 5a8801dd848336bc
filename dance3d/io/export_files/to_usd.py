"""USD writer: joints, their motion and the body of the GLB file, for Omniverse, Houdini, Maya and Apple's viewers.

By Pixar's own library (extra ``usd``), as a UsdSkel character: y up, metres, a time code for every frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.contracts import Pose3D
from dance3d.geometry.bones import BONE_NAMES
from dance3d.io.export_files.animation_joints import tree
from dance3d.io.export_files.body_capsules import body_capsules
from dance3d.io.export_files.body_surface import body_surface
from dance3d.io.export_files.posed_body import posed_body
from dance3d.io.export_files.rig import Rig, local_quaternions, rest_places, rig_of

Array = NDArray[np.float64]


def write_usd(pose: Pose3D, path: Path, origin: Array | None = None, names: str | None = None) -> None:
    """Write one dancer's motion and a body that wears it.

    Rows are those of ``pose``, at its own times, which count from the first row on. Missing joints are interpolated.

    Args:
        pose: h36m17 skeleton.
        path: of the ``.usd`` file.
        origin: as for ``world_frame.to_world``.
        names: of ``animation_joints.NAMES``, whose colons USD has not; Mixamo's if none are given.

    Raises:
        ValueError: the package usd-core is not installed, or no such names.
    """
    try:
        from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt
    except ImportError as error:
        raise ValueError("USD files are written by the package usd-core: pip install 'dance3d[usd]'") from error
    nodes = [
        node._replace(name=node.name.replace(":", "_"), parent=node.parent.replace(":", "_"))
        for node in tree(names or "mixamo", ends=True)
    ]
    body = posed_body(pose, origin, pose.time)
    rig = rig_of(body, nodes)
    full: dict[str, str] = {}
    for node in nodes:
        full[node.name] = f"{full[node.parent]}/{node.name}" if node.parent else node.name
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(pose.fps)
    stage.SetFramesPerSecond(pose.fps)
    codes = (pose.time - pose.time[0]) * pose.fps
    stage.SetStartTimeCode(0.0)
    stage.SetEndTimeCode(float(codes[-1]))
    root = UsdSkel.Root.Define(stage, "/Dancer")
    stage.SetDefaultPrim(root.GetPrim())
    skeleton = UsdSkel.Skeleton.Define(stage, "/Dancer/Skeleton")
    animation = UsdSkel.Animation.Define(stage, "/Dancer/Skeleton/Dance")
    joints = Vt.TokenArray([full[node.name] for node in nodes])
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray([_moved(Gf, rig.place[node.name]) for node in nodes]))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray([_moved(Gf, rig.offset[node.name]) for node in nodes]))
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
    animation.CreateJointsAttr(joints)
    animation.CreateScalesAttr(Vt.Vec3hArray(len(nodes), Gf.Vec3h(1, 1, 1)))
    turns = _turns(
        body.turn, [(node.bone, next((n.bone for n in nodes if n.name == node.parent), "")) for node in nodes]
    )
    moves = _moves(rig, [node.name for node in nodes], len(codes))
    rotations, translations = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    for code, turn, move in zip(codes, turns, moves, strict=True):
        rotations.Set(Vt.QuatfArray([Gf.Quatf(float(q[3]), *map(float, q[:3])) for q in turn]), float(code))
        translations.Set(Vt.Vec3fArray.FromNumpy(move), float(code))
    _mesh(stage, body_surface(body_capsules(rest_places(body))), [node.bone for node in nodes], skeleton)
    stage.GetRootLayer().Export(str(path))


def _moved(gf: Any, by: Array) -> Any:
    return gf.Matrix4d().SetTranslate(gf.Vec3d(*map(float, by)))


def _turns(turn: Array, bones: list[tuple[str, str]]) -> NDArray[np.float32]:
    """(T, N, 4) quaternions x, y, z, w of joints in their parents, of the bones that both turn as."""
    out = np.zeros((len(turn), len(bones), 4), np.float32)
    out[..., 3] = 1
    for i, (own, parent) in enumerate(bones):
        if own != parent:
            above = BONE_NAMES.index(parent) if parent else None
            out[:, i] = local_quaternions(turn, BONE_NAMES.index(own), above)
    return out


def _moves(rig: Rig, names: list[str], frames: int) -> NDArray[np.float32]:
    """(T, N, 3) offsets of joints from their parents."""
    every = [np.broadcast_to(rig.moves.get(name, rig.offset[name]), (frames, 3)) for name in names]
    return np.stack(every, 1).astype(np.float32)


def _mesh(stage: Any, skin: Any, bones: list[str], skeleton: Any) -> None:
    """The skin, bound to the joints.

    Args:
        stage: that it is defined on.
        skin: a ``body_surface.Surface``.
        bones: that the joints turn as, in their order.
        skeleton: of the joints.
    """
    from pxr import Gf, Sdf, UsdGeom, UsdSkel, Vt

    mesh = UsdGeom.Mesh.Define(stage, "/Dancer/Body")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(skin.position.astype(np.float32)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(skin.normal.astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * len(skin.triangles)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(skin.triangles.ravel().astype(np.int32)))
    mesh.CreateExtentAttr(
        Vt.Vec3fArray([Gf.Vec3f(*map(float, end)) for end in (skin.position.min(0), skin.position.max(0))])
    )
    tint = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("displayColor", Sdf.ValueTypeNames.Color3fArray, "vertex")
    tint.Set(Vt.Vec3fArray.FromNumpy((skin.colour**2.2).astype(np.float32)))
    joint = np.array([bones.index(name) if name in bones else 0 for name in BONE_NAMES], np.int32)
    four = np.argsort(-skin.weight, axis=1, kind="stable")[:, :4]
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    binding.CreateJointIndicesPrimvar(False, 4).Set(Vt.IntArray.FromNumpy(joint[four].ravel()))
    shares = np.take_along_axis(skin.weight, four, 1).astype(np.float32)
    binding.CreateJointWeightsPrimvar(False, 4).Set(Vt.FloatArray.FromNumpy(shares.ravel()))
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1))
