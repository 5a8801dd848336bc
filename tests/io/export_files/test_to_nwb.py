"""NWB files, read back by pynwb."""

import sys

import numpy as np
import pytest
from fake_dancers import fake_dancer

from dance3d.io.export_files.to_nwb import write_nwb
from dance3d.io.world_frame import to_world
from dance3d.skeleton import H36M17


@pytest.fixture
def dancer():
    return fake_dancer(np.arange(20) / 25, missing=[3])


def test_joints_come_back_in_pixels_and_in_metres(tmp_path, dancer):
    pynwb = pytest.importorskip("pynwb")
    pytest.importorskip("ndx_pose")
    write_nwb(dancer.keypoints, tmp_path / "a.nwb", dancer.pose)
    with pynwb.NWBHDF5IO(str(tmp_path / "a.nwb"), "r") as file:
        found = file.read().processing["behavior"]
        wrist = H36M17.index("left_wrist")
        for name, unit, places in (
            ("keypoints", "pixels", dancer.keypoints.xy),
            ("pose3d", "meters", to_world(dancer.pose)),
        ):
            series = found[name]["left_wrist"]
            assert series.unit == unit
            np.testing.assert_allclose(series.data[:], places[:, wrist], atol=1e-6)
            np.testing.assert_allclose(series.timestamps[:], dancer.pose.time)
            assert list(found[name].skeleton.nodes[:17]) == list(H36M17.joints)
        np.testing.assert_allclose(found["keypoints"]["left_wrist"].confidence[:], dancer.keypoints.score[:, wrist])
    assert not pynwb.validate(path=str(tmp_path / "a.nwb"))


def test_without_the_packages_one_line_says_what_to_install(tmp_path, monkeypatch, dancer):
    monkeypatch.setitem(sys.modules, "ndx_pose", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[nwb\]'"):
        write_nwb(dancer.keypoints, tmp_path / "a.nwb", dancer.pose)
