"""Open a run's GLB and BVH files in Blender without a window, measure its joints against pose3d.npz, and render it.

    pip install dance3d bpy      # Blender as a Python module; of its releases the one for your Python
    dance3d export OUT --to glb,bvh
    python check_in_blender.py OUT --render pictures

Exit code 1 where a joint is further than a millimetre from where the pose has it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import bpy  # before numpy: it brings its own libraries
import numpy as np

from dance3d.contracts import Pose3D
from dance3d.io import artefacts
from dance3d.io.export_files.animation_joints import JOINTS, NAMES
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.skeleton import H36M17

LIMIT = 0.001  # metres
TO_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # Blender's z is up


def main() -> int:
    """Check every dancer of a folder of results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--render", type=Path, help="folder for pictures of the body")
    options = parser.parse_args()
    folders = sorted(path.parent for path in options.results.glob("person-*/pose3d.npz"))
    poses = [artefacts.load(folder / "pose3d.npz", Pose3D) for folder in folders]
    origin, worst = scene_origin(poses), 0.0
    for folder, pose in zip(folders, poses, strict=True):
        for name, load in (("pose3d.glb", open_glb), ("pose3d.bvh", open_bvh)):
            if (folder / name).is_file():
                off, bones = check(folder / name, load, pose, to_world(pose, origin))
                worst = max(worst, off)
                print(f"{folder.name}/{name}: joints within {1000 * off:.3f} mm, {bones}")
                if options.render and name.endswith(".glb"):
                    render(options.render / folder.name, float(pose.time[-1] - pose.time[0]))
    return int(worst > LIMIT)


def open_glb(path: Path, fps: float) -> None:
    """Import a GLB file."""
    bpy.context.scene.render.fps = 1000  # so that keys of any times fall on frames
    bpy.ops.import_scene.gltf(filepath=str(path))


def open_bvh(path: Path, fps: float) -> None:
    """Import a BVH file, one frame a row."""
    bpy.ops.import_anim.bvh(filepath=str(path), use_fps_scale=False, update_scene_fps=False, frame_start=1)


def check(path: Path, load: Callable[[Path, float], None], pose: Pose3D, world: np.ndarray) -> tuple[float, str]:
    """The furthest that a joint is off, metres, and a line about the bones.

    Args:
        path: of the file.
        load: that imports it.
        pose: whose file it is.
        world: (T, 17, 3) its joints.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    load(path, pose.fps)
    [rig] = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    names = next(
        names for names in NAMES.values() if names["Hips"] in rig.pose.bones and names["Chest"] in rig.pose.bones
    )
    scene, worst = bpy.context.scene, 0.0
    for row in range(0, pose.frames, max(1, pose.frames // 50)):
        at = 1000 * (pose.time[row] - pose.time[0]) if path.suffix == ".glb" else row + 1.0
        scene.frame_set(int(at), subframe=at - int(at))
        found = np.array([rig.matrix_world @ rig.pose.bones[names[JOINTS[joint]]].head for joint in H36M17.joints])
        off = np.linalg.norm(found @ TO_Y_UP.T - world[row], axis=-1)
        worst = max(worst, float(np.nanmax(off, initial=0.0)))
    lengths = [bone.length for bone in rig.data.bones]
    hips = rig.data.bones[names["Hips"]].head_local
    return worst, f"{len(lengths)} bones, shortest {1000 * min(lengths):.1f} mm, hips {hips.length:.2f} m up at rest"


def render(folder: Path, seconds: float) -> None:
    """Pictures of the body at four instants, by Cycles: no graphics card is needed.

    Args:
        folder: for the pictures.
        seconds: that the dance lasts.
    """
    scene = bpy.context.scene
    body = next(thing for thing in bpy.data.objects if thing.type == "MESH" and thing.name.startswith("Body"))
    for thing in bpy.data.objects:
        thing.hide_render = thing is not body and thing.type == "MESH"
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3.0, (0.7, 0.2, 0.4)
    for thing in (camera, sun):
        scene.collection.objects.link(thing)
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0.6, 0.65, 0.7, 1)
    scene.camera, scene.render.engine, scene.cycles.samples = camera, "CYCLES", 16
    scene.render.resolution_x = scene.render.resolution_y = 480
    for number in range(4):
        scene.frame_set(round(1000 * seconds * number / 4))
        worn = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
        middle = np.mean([worn.matrix_world @ corner.co for corner in worn.data.vertices], axis=0)
        camera.location, camera.rotation_euler = middle + np.array([1.2, -3.6, 0.5]), (1.45, 0.0, 0.32)
        scene.render.filepath = str((folder / f"{number}.png").resolve())
        bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    sys.exit(main())
