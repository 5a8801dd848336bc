import motion_sets as sets
import numpy as np
import pytest
from golden_figure import TRUTH

from dance3d.geometry.vectors import degrees_between
from dance3d.io.motion_files import read_motion
from dance3d.skeleton import H36M17


def test_own_export_is_read_back(tmp_path):
    from dance3d.contracts import Pose3D
    from dance3d.io.export_files.to_bvh import write_bvh

    root = TRUTH[:, H36M17.index("pelvis")]
    xyz = (TRUTH - root[:, None]) * [1, -1, -1]
    time = np.arange(len(xyz)) / sets.FPS
    pose = Pose3D(xyz, np.ones(len(xyz), bool), np.zeros(len(xyz)), time, root=root * [1, -1, -1])
    write_bvh(pose, tmp_path / "out.bvh")
    clip = read_motion(tmp_path / "out.bvh")
    moved = clip.xyz - clip.xyz[:, :1], TRUTH - TRUTH[:, :1]
    assert np.abs(moved[0] - moved[1]).max() < 0.002  # head and thorax too


def test_a_take_of_cmu_that_was_turned_by_a_program_stands_upright(data_dir):
    clip = read_motion(data_dir / "mocap" / "cmu" / "stylised" / "55_01.bvh.gz", fps=30)
    body = clip.xyz[:, H36M17.index("thorax")] - clip.xyz[:, H36M17.index("left_ankle")]
    assert np.median(body[:, 1] / np.linalg.norm(body, axis=-1)) > 0.9


@pytest.mark.parametrize("name", ["break/85_12", "martial/135_01"])
def test_an_end_of_the_head_that_points_down_is_not_its_top(data_dir, name):
    clip = read_motion(data_dir / "mocap" / "cmu" / f"{name}.bvh.gz", fps=30)
    at = {joint: clip.xyz[:, H36M17.index(joint)].astype(float) for joint in ("spine", "thorax", "nose", "head")}
    assert np.median(degrees_between(at["head"] - at["nose"], at["thorax"] - at["spine"])) < 45
