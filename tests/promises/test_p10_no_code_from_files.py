"""P10: no file of data runs code: pickles, archives, YAML, JSON and tables are read as data, whatever they ask for.

Every hostile file makes a canary file where its code runs, which Python's and YAML's own loaders do
(``test_the_files_are_hostile``). Seen to fail under the mutations of ``mutations/p10.yaml``: a pickle read by Python's
unpickler, one in an archive of arrays likewise, YAML read by the loader that builds objects.
"""

import builtins
import io
import json
import os
import pickle
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from motion_sets import bvh_text, figure, tool_joints

from dance3d.cli import main
from dance3d.contracts import Clip
from dance3d.datasets import splits
from dance3d.datasets.mocap import load_motion
from dance3d.io import artefacts, keypoint_files
from dance3d.io.motion_files import FORMATS, read_motion
from dance3d.io.safe_npz import read_npz
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.motion.custom_types import read_types

SAID = {"size": (640, 480), "fps": 25.0, "skeleton": "coco17"}
KEYS = ("keypoints2d", "keypoints3d", "positions_2d", "positions_3d")


class Calls:
    """An object whose pickle calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def makers(canary):
    """Objects whose unpickling makes the canary, each in another way."""
    made = f"open({str(canary)!r}, 'w').close()"
    return {
        "system": Calls(os.system, f"touch {canary}"),
        "exec": Calls(builtins.exec, made),
        "eval": Calls(builtins.eval, f"open({str(canary)!r}, 'w')"),
        "process": Calls(subprocess.call, ["touch", str(canary)]),
        "method": Calls(Path.touch, Path(canary)),
        "numpy": Calls(np.savetxt, str(canary), [1.0]),
        "inner": Calls(getattr, Calls(builtins.exec, made), "real"),
    }


WAYS = tuple(makers("canary"))


def pickles(canary):
    """Bytes of a dictionary that looks like data, with such an object in it, by every way and protocol."""
    for way, hostile in makers(canary).items():
        for protocol in (0, 2, 4, 5):
            for key in KEYS:
                yield f"{way}-{protocol}-{key}", pickle.dumps({key: hostile, "x": np.zeros(3)}, protocol)
    hand_made = f"c__builtin__\neval\n(S'open({str(canary)!r}, \"w\")'\ntR."  # Python 2's names
    yield "python2", hand_made.encode()
    yield "instance", f"(S'touch {canary}'\nios\nsystem\n.".encode()


def object_array(content):
    """An ``.npy`` whose pickled objects are these bytes."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": ()})
    return stream.getvalue() + content


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def tags(canary):
    """YAML that builds objects."""
    yield f"!!python/object/apply:os.system ['touch {canary}']"
    yield f"left_hip: !!python/object/apply:subprocess.call [[touch, {canary}]]"
    yield f"!!python/object/new:type [x, !!python/tuple [], {{extend: !!python/name:exec }}]\n# {canary}"
    yield f"- !!python/object/apply:builtins.exec [\"open('{canary}', 'w')\"]"


def tried(canary, *steps):
    """Every step is done or ends with one line; nothing else than a ValueError comes out, and no code ran."""
    for step in steps:
        try:
            step()
        except ValueError as error:
            assert "\n" not in str(error)[:200] or "YAML" in str(error)
        assert not canary.exists(), "a file of data ran code"


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


@pytest.mark.parametrize("way", WAYS)
def test_the_files_are_hostile(tmp_path, way):
    at = tmp_path / "made"
    try:
        pickle.loads(pickle.dumps(makers(at)[way]))
    except AttributeError:  # of getattr(None), once the code ran
        pass
    assert at.exists()
    at.unlink()
    yaml.unsafe_load(next(tags(at)))
    assert at.exists()


def test_no_pickle_runs_code(tmp_path, canary):
    for name, content in pickles(canary):
        path = tmp_path / f"{name}.pkl"
        path.write_bytes(content)
        tried(
            canary,
            lambda p=path: keypoint_files.read(p, **SAID),
            lambda p=path: keypoint_files.read(p, "aist", **SAID),
            lambda p=path: read_motion(p, "aist"),
        )
    tried(canary, lambda: load_motion(tmp_path))


def test_no_archive_of_arrays_runs_code(tmp_path, canary):
    for number, (_, content) in enumerate(pickles(canary)):
        hostile = object_array(content)
        paths = [archive(tmp_path / f"{number}-{key}.npz", **{key: hostile, "boxes": hostile, "metadata": hostile})
                 for key in ("positions_2d", "positions_3d", "keypoints", "xy", "xyz", "header")]  # fmt: skip
        for path in paths if number % 9 == 0 else paths[:1]:
            tried(
                canary,
                lambda p=path: keypoint_files.read(p, **SAID),
                lambda p=path: keypoint_files.read(p, "npz", **SAID),
                lambda p=path: keypoint_files.read(p, "videopose3d", **SAID),
                *(lambda p=path, f=f: read_motion(p, f) for f in FORMATS),
                lambda p=path: artefacts.load(p, Clip),
                lambda p=path: read_npz(p),
                lambda p=path: read_npz(p, objects=True),
            )
    tried(canary, lambda: load_motion(tmp_path))


def test_no_bare_array_runs_code(tmp_path, canary):
    for number, (_, content) in enumerate(pickles(canary)):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(object_array(content))
        tried(canary, lambda p=path: keypoint_files.read(p, **SAID), lambda p=path: artefacts.load(p, Clip))


def test_no_yaml_runs_code(tmp_path, canary):
    (tmp_path / "a.bvh").write_text(bvh_text(tool_joints(figure(40), "mixamo"), 100))
    (tmp_path / "k.json").write_text(json.dumps([{"image_id": 0, "keypoints": [1.0] * 51}]))
    for number, text in enumerate(tags(canary)):
        for name in ("motion.yaml", "splits.yaml", "map.yaml"):
            (tmp_path / name).write_text(text)
        tried(
            canary,
            lambda: load_motion(tmp_path),
            lambda: splits.read_index(tmp_path / "splits.yaml"),
            lambda: read_motion(tmp_path / "a.bvh", map=tmp_path / "map.yaml"),
            lambda: read_types(tmp_path / "map.yaml"),
            lambda: KeypointSettings(backend="file", skeleton=str(tmp_path / "map.yaml")),
        )
        out, words = str(tmp_path / f"out{number}"), ["run", str(tmp_path / "k.json"), "--keypoints", "--size", "9x9"]
        assert main([*words, "-o", out, "-c", str(tmp_path / "map.yaml")]) != 0
        assert main([*words, "-o", out, "--set", f"motion.types={text}"]) != 0
        assert not canary.exists()


def test_no_json_or_table_runs_code(tmp_path, canary):
    call = {"py/reduce": [{"py/function": "os.system"}, [f"touch {canary}"]], "__reduce__": f"touch {canary}"}
    for name, text in {
        "a.json": json.dumps([{"image_id": call, "keypoints": call}]),
        "b.json": json.dumps({"people": [{"pose_keypoints_2d": call}], **call}),
        "c.json": f"__import__('os').system('touch {canary}')",
        "d.csv": f"scorer,x\nbodyparts,=cmd|' /C touch {canary}'!A0\ncoords,x\n0,__import__('os').system('ls')\n",
    }.items():
        (tmp_path / name).write_text(text)
        tried(
            canary,
            lambda p=tmp_path / name: keypoint_files.read(p, **SAID),
            lambda p=tmp_path / name: keypoint_files.read(p, "openpose", **SAID),
            lambda p=tmp_path / name: keypoint_files.read(p, "deeplabcut", **SAID),
        )


def test_no_archive_writes_outside(tmp_path, canary):
    inside = tmp_path / "in"
    inside.mkdir()
    with zipfile.ZipFile(inside / "a.npz", "w") as file:
        for name in ("../canary", f"{canary}", "..\\canary", "xy.npy"):
            file.writestr(name, b"x")
    tried(canary, lambda: keypoint_files.read(inside / "a.npz", **SAID), lambda: read_npz(inside / "a.npz"))
