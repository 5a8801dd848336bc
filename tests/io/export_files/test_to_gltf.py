"""The glTF writer: its bytes are parsed and its animation is played, by a reader of the specification's words."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from gltf_replay import read_glb, replay, worn
from rest_bodies import body, dancing
from tumbling_bodies import pose_of, tumble

from dance3d.geometry.bones import BONE_NAMES
from dance3d.geometry.rotations import angle_between
from dance3d.io.export_files.animation_joints import JOINTS, NAMES, tree
from dance3d.io.export_files.to_gltf import write_gltf
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.skeleton import H36M17

TIME = np.arange(75) / 25
MIXAMO = NAMES["mixamo"]


def dancer(**changed):
    xyz, extremities = (points * [1, -1, -1] for points in body(dancing(TIME)))
    root = np.linspace([0, 0, 4.0], [1, 0, 5.0], len(TIME))
    return pose_of(xyz, TIME, **({"extremities": extremities.astype(np.float32), "root": root} | changed))


def joints(transforms):
    """(T, 17, 3) places of the body's joints."""
    return np.stack([transforms[MIXAMO[JOINTS[joint]]][:, :3, 3] for joint in H36M17.joints], 1)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("gltf") / "a.glb"
    write_gltf(dancer(), path, scene_origin([dancer()]))
    document, array = read_glb(path)
    return document, array, *replay(document, array)


def test_the_animation_gives_back_joints_and_times(written):
    _, _, time, transforms = written
    np.testing.assert_allclose(time, TIME, atol=1e-6)
    np.testing.assert_allclose(joints(transforms), to_world(dancer(), scene_origin([dancer()])), atol=1e-4)


def test_joints_turn_as_the_bones_do(written):
    _, _, _, transforms = written
    turns = dancing(TIME)
    for node in tree("mixamo"):
        if node.bone not in ("lower_back", "neck"):
            off = np.degrees(angle_between(transforms[node.name][:, :3, :3], turns[:, BONE_NAMES.index(node.bone)]))
            assert np.median(off) < 1 and np.percentile(off, 95) < 5, node.name


def test_rotations_are_unit_quaternions_that_run_on(written):
    document, array, _, _ = written
    (animation,) = document["animations"]
    for channel in animation["channels"]:
        if channel["target"]["path"] == "rotation":
            q = array(animation["samplers"][channel["sampler"]]["output"])
            np.testing.assert_allclose(np.linalg.norm(q, axis=-1), 1, atol=1e-5)
            assert ((q[1:] * q[:-1]).sum(-1) > 0).all()


def test_the_body_is_around_the_joints_and_follows_them(written):
    document, array, _, transforms = written
    corners, places = worn(document, array, transforms), joints(transforms)
    nearest = np.linalg.norm(places[::25, :, None] - corners[::25, None], axis=-1).min(-1)
    assert nearest.max() < 0.15
    assert np.abs(np.diff(corners, axis=0)).max() < 1  # nothing is left behind
    low, high = corners[0].min(0), corners[0].max(0)
    assert (low < places[0].min(0)).all() and (high > places[0].max(0)).all()


def test_feet_point_ahead_and_colours_tell_the_sides(written):
    document, array, _, _ = written
    (primitive,) = document["meshes"][0]["primitives"]
    at = {name: array(number) for name, number in primitive["attributes"].items()}
    names = [document["nodes"][joint]["name"] for joint in document["skins"][0]["joints"]]

    def most(name):
        """Corners that one joint moves most."""
        return at["JOINTS_0"][:, 0] == names.index(MIXAMO[name])

    foot = at["POSITION"][most("LeftFoot")]
    assert foot[:, 2].max() > 0.15 and foot[:, 2].min() > -0.12 and (foot[:, 0] > 0).all()
    left, right = (np.median(at["COLOR_0"][most(f"{side}Leg")], axis=0) for side in ("Left", "Right"))
    assert left[0] > left[2] and right[0] < right[2]  # orange and blue


def test_feet_say_when_they_stand(written):
    document, _, time, _ = written
    feet = {node["name"]: node["extras"]["contact_seconds"] for node in document["nodes"] if "extras" in node}
    assert set(feet) == {MIXAMO["LeftFoot"], MIXAMO["RightFoot"]}
    assert all(0 <= start < stop <= time[-1] + 1e-3 for spans in feet.values() for start, stop in spans)


@pytest.mark.parametrize("names", NAMES)
def test_every_preset_gives_back_the_joints(tmp_path, names):
    write_gltf(dancer(), tmp_path / "a.glb", names=names)
    _, transforms = replay(*read_glb(tmp_path / "a.glb"))
    found = np.stack([transforms[NAMES[names][JOINTS[joint]]][:, :3, 3] for joint in H36M17.joints], 1)
    np.testing.assert_allclose(found, to_world(dancer()), atol=1e-4)


@pytest.mark.parametrize("extremities", [None, np.full((75, 7, 3), np.nan, np.float32)])
def test_older_poses_have_feet_and_hands_too(tmp_path, extremities):
    write_gltf(dancer(extremities=extremities), tmp_path / "a.glb")
    document, array = read_glb(tmp_path / "a.glb")
    _, transforms = replay(document, array)
    np.testing.assert_allclose(joints(transforms), to_world(dancer()), atol=1e-4)
    assert np.isfinite(worn(document, array, transforms)).all()


def test_bones_of_changing_length_and_uneven_times_come_back(tmp_path):
    time = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.1, 60)) + 5000
    pose = pose_of(tumble(60, stretch=0.1), time)
    write_gltf(pose, tmp_path / "a.glb")
    found, transforms = replay(*read_glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(found, time - time[0], atol=1e-5)
    np.testing.assert_allclose(joints(transforms), to_world(pose), atol=1e-4)


@pytest.mark.parametrize("frames", [1, 4])
def test_nobody_in_sight_gives_a_valid_file(tmp_path, frames):
    write_gltf(pose_of(np.full((frames, 17, 3), np.nan)), tmp_path / "a.glb")
    document, array = read_glb(tmp_path / "a.glb")
    _, transforms = replay(document, array)
    assert len(transforms[MIXAMO["Hips"]]) == frames and np.isfinite(worn(document, array, transforms)).all()


VALIDATOR = "gltf-validator@2.0.0-dev.3.10"  # of npm: Khronos' own, Apache-2.0
VALIDATED = """
const fs = require("fs")
const { validateBytes } = require("gltf-validator")
const told = async (path) => (await validateBytes(new Uint8Array(fs.readFileSync(path)))).issues
Promise.all(process.argv.slice(2).map(told)).then((found) => console.log(JSON.stringify(found)))
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="Khronos' validator comes by npm, which is not here")
def test_the_validator_of_khronos_finds_no_error(tmp_path):
    got = subprocess.run(
        ["npm", "install", "--prefix", tmp_path, VALIDATOR], capture_output=True, text=True, timeout=120
    )
    if got.returncode:
        pytest.skip(f"npm cannot bring {VALIDATOR}: {got.stderr[-200:]}")
    for name in NAMES:
        write_gltf(dancer(), tmp_path / f"{name}.glb", names=name)
    files = sorted(tmp_path.glob("*.glb"))
    assert len(files) == len(NAMES)
    broken = tmp_path / "broken.glb"
    broken.write_bytes(files[0].read_bytes()[:-64])
    (tmp_path / "validate.js").write_text(VALIDATED)

    def issues(*paths):
        return json.loads(subprocess.check_output(["node", tmp_path / "validate.js", *paths], text=True, timeout=60))

    for path, found in zip(files, issues(*files), strict=True):
        assert (found["numErrors"], found["numWarnings"]) == (0, 0), (path.name, found["messages"][:3])
    assert issues(broken)[0]["numErrors"] > 0
