import motion_sets as sets
import pytest
from golden_figure import TRUTH

from dance3d.io.motion_files import read_motion


def test_missing_markers_are_named(tmp_path):
    pytest.importorskip("ezc3d")
    points = sets.markers(TRUTH)
    del points["RASI"]
    sets.write_c3d(tmp_path / "a.c3d", points)
    with pytest.raises(ValueError, match=r"markers miss RASI or RFWT.*The file has C7, STRN"):
        read_motion(tmp_path / "a.c3d")
