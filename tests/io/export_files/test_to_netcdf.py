import sys

import numpy as np
import pytest
from tumbling_bodies import pose_of, tumble

from dance3d.contracts import Keypoints2D
from dance3d.io.export_files.to_netcdf import write_keypoints, write_pose
from dance3d.io.world_frame import to_world
from dance3d.skeleton import EXTREMITIES, H36M17


def test_a_pose_comes_back_in_the_layout_of_movement(tmp_path):
    xarray = pytest.importorskip("xarray")
    ends = np.full((20, len(EXTREMITIES), 3), 0.25)
    pose = pose_of(tumble(20), extremities=ends, person=2)
    write_pose(pose, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc") as found:
        assert dict(found.sizes) == {"time": 20, "space": 3, "keypoints": 24, "individuals": 1}
        assert found.position.dims == ("time", "space", "keypoints", "individuals")
        assert found.attrs["ds_type"] == "poses" and found.attrs["fps"] == pytest.approx(25)
        wrist = found.position.sel(keypoints="left_wrist", individuals="person-2")
        np.testing.assert_allclose(wrist, to_world(pose)[:, H36M17.index("left_wrist")], atol=1e-6)
        np.testing.assert_allclose(found.time, pose.time)


def test_keypoints_come_back_in_pixels_with_their_scores(tmp_path):
    xarray = pytest.importorskip("xarray")
    rng = np.random.default_rng(0)
    score = rng.random((12, 17))
    time = np.arange(12) / 30
    track = Keypoints2D(rng.random((12, 17, 2)) * 400, score, np.ones((12, 17), bool), time, (640, 480))
    write_keypoints(track, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc") as found:
        np.testing.assert_allclose(found.position[..., 0], track.xy.transpose(0, 2, 1), atol=1e-4)
        np.testing.assert_allclose(found.confidence[..., 0], score, atol=1e-6)
        assert list(found.space.values) == ["x", "y"]


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[xarray\]'"):
        write_pose(pose_of(tumble(3)), tmp_path / "a.nc")
