"""Every block of Python on the pages runs, beside files of the names that it shows."""

import shutil

import doc_pages
import numpy as np
import pytest
import yaml
from edited_tracks import first_run, make_fake_run
from motion_sets import SIDES, bvh_text, centimetre_joints, figure, write_videopose3d

from dance3d import api
from dance3d.cli import main
from dance3d.synth.choreography import choreograph
from dance3d.synth.clip import write_scene
from dance3d.synth.virtual_cameras import film

BLOCKS = {
    f"{page}:{number}": block.code
    for page in doc_pages.PAGES
    for number, block in enumerate(block for block in doc_pages.blocks(page) if block.language == "python")
    if not block.title  # a file that a recipe makes; tests/contributing makes it
}
ELSEWHERE = {"docs/weights.md:0": "test_onnx_example"}
TOO_LONG = {
    "docs/detect.md:0": "trains for ten minutes",
    "docs/lift.md:1": "lifts every take of the benchmark",
    "docs/movements.md:1": "lifts every take of the benchmark",
    "docs/movements-own.md:0": "reads an hour of motion capture",
}
"""Of these only the names are checked, by test_names."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    write_scene(folder, "salsa", seconds=2.0, seed=1)
    return folder


@pytest.fixture
def names(scene, tmp_path, monkeypatch):
    """What the pages take for granted: files in the working folder, and names."""
    monkeypatch.setenv("DANCE3D_CACHE", str(scene / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(scene / "video.mp4", "clip.mp4")
    return {"folder": tmp_path / "scene"}


def _keypoints():
    return film([choreograph("salsa", seconds=4, seed=3)], 0.0)[0].keypoints


def _with_keypoints(names, tmp_path, monkeypatch):
    names |= {"xy": _keypoints().xy, "score": _keypoints().score}


def _with_results(names, tmp_path, monkeypatch):
    assert main(["run", "clip.mp4", "-o", "results", "-q"]) == 0
    (tmp_path / "OUT").symlink_to("results")


def _with_pose(names, tmp_path, monkeypatch):
    found = _keypoints()
    names["pose"] = api.lift(found.xy, found.score, fps=30, size=found.size)


def _with_pixels_of_cameras(names, tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).random((2, 5, 543, 3))
    np.save(tmp_path / "mediapipe_2dData_numCams_numFrames_numTrackedPoints_pixelXY.npy", pixels * 700)


def _with_many_results(names, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    (tmp_path / "clips").mkdir()
    shutil.copyfile("clip.mp4", "clips/clip.mp4")
    assert main(["run", "clips", "-o", "results", "-q"]) == 0


def _with_motion_files(names, tmp_path, monkeypatch):
    (tmp_path / "take.bvh").write_text(bvh_text(centimetre_joints(figure()), per_metre=100.0, z_up=True))
    limbs = {"hip": "Thigh", "knee": "Shin", "ankle": "Foot", "shoulder": "Shldr", "elbow": "ForeArm", "wrist": "Hand"}
    joints = {f"{side}_{ours}": side[0] + theirs for side in SIDES for ours, theirs in limbs.items()}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(joints | {"head": "head", "spine": "abdomen"}))
    write_videopose3d(tmp_path / "data_3d_h36m.npz", figure())


def _with_crossing_dancers(names, tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    out, _ = first_run(make_fake_run(monkeypatch, tmp_path / "run"))
    (tmp_path / "OUT").symlink_to(out)


def _with_takes(names, tmp_path, monkeypatch):
    flags = np.random.default_rng(0).random((2, 5, 100, 154)) < 0.2
    names |= {"takes_by_rules": list(zip(flags[0], flags[1], strict=True))}
    names |= {"takes_by_net": list(zip(flags[1], flags[1], strict=True))}


NEEDS = {
    "README.md:0": _with_keypoints,
    "docs/artefacts.md:0": _with_results,
    "docs/data.md:0": _with_motion_files,
    "docs/lift.md:0": _with_pose,
    "docs/many-videos.md:0": _with_many_results,
    "docs/motion.md:0": _with_pose,
    "docs/movements.md:0": _with_pose,
    "docs/from-other-tools.md:0": _with_pixels_of_cameras,
    "docs/outputs.md:0": _with_results,
    "docs/outputs.md:1": _with_results,
    "docs/rhythm.md:0": _with_pose,
    "docs/tracks.md:0": _with_crossing_dancers,
    "docs/training.md:0": _with_takes,
}


def test_blocks_that_are_left_out_or_prepared_are_there():
    assert not (set(ELSEWHERE) | set(TOO_LONG) | set(NEEDS)) - set(BLOCKS)


@pytest.mark.parametrize("where", sorted(set(BLOCKS) - set(ELSEWHERE) - set(TOO_LONG)))
def test_it_runs(where, names, tmp_path, monkeypatch):
    NEEDS.get(where, lambda *given: None)(names, tmp_path, monkeypatch)
    exec(compile(BLOCKS[where].replace("12.4", "0.4"), where, "exec"), names)  # the clip of the crossing is shorter
