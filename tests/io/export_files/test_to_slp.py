"""SLEAP's files, written and read by its own library, and read back by us."""

import sys

import numpy as np
import pytest
from fake_dancers import fake_dancer

from dance3d.io.export_files.to_slp import write_slp
from dance3d.io.keypoint_files import read


@pytest.fixture
def track():
    return fake_dancer(np.arange(10) / 25, missing=[4]).keypoints


def test_keypoints_come_back_with_scores_frames_and_size(tmp_path, track):
    sio = pytest.importorskip("sleap_io")
    write_slp(track, tmp_path / "a.slp")
    theirs = sio.load_slp(str(tmp_path / "a.slp"), open_videos=False)
    assert len(theirs) == 9 and theirs.tracks[0].name == "person-1" and len(theirs.skeleton.edges) == 16
    (ours,) = read(tmp_path / "a.slp", skeleton="h36m17", fps=25)
    known = np.isfinite(track.xy).all((1, 2))
    np.testing.assert_allclose(ours.raw[known] if ours.raw is not None else ours.xy[known], track.xy[known], atol=1e-3)
    assert ours.size == track.size and ours.name == "person-1"


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch, track):
    monkeypatch.setitem(sys.modules, "sleap_io", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[sleap\]'"):
        write_slp(track, tmp_path / "a.slp")
