"""C3D files, read back by our own reader and by ezc3d."""

import sys

import numpy as np
import pytest
from tumbling_bodies import pose_of, tumble

from dance3d.io.export_files.to_c3d import write_c3d
from dance3d.io.world_frame import to_world
from dance3d.skeleton import H36M17


def test_markers_come_back_with_their_gaps(tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    xyz = tumble(50)
    xyz[7:9, 4] = np.nan
    pose = pose_of(xyz)
    write_c3d(pose, tmp_path / "a.c3d")
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    said = file["parameters"]["POINT"]
    assert tuple(said["LABELS"]["value"]) == H36M17.joints and said["UNITS"]["value"] == ["m"]
    assert said["RATE"]["value"][0] == pytest.approx(25)
    np.testing.assert_allclose(file["data"]["points"][:3].transpose(2, 1, 0), to_world(pose), atol=1e-6)


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[c3d\]'"):
        write_c3d(pose_of(tumble(3)), tmp_path / "a.c3d")
