import motion_sets as sets
import numpy as np
import pytest
from golden_figure import TRUTH, error

from dance3d.io.motion_files import read_motion


def test_markers_by_own_map(tmp_path):
    pytest.importorskip("ezc3d")
    at = sets.places(TRUTH)
    sets.write_c3d(tmp_path / "a.c3d", {f"Ann:{name}": at[name] for name in at if name not in ("pelvis", "thorax")})
    names = {name: f"Ann:{name}" for name in at if name not in ("pelvis", "thorax")}
    clip = read_motion(tmp_path / "a.c3d", map=names)
    np.testing.assert_allclose(clip.xyz, TRUTH, atol=1e-4)


def test_two_people_in_one_c3d(tmp_path):
    pytest.importorskip("ezc3d")
    ann, ben = sets.markers(TRUTH), sets.markers(TRUTH + sets.by(1, 0, 0))
    both = {f"Ann:{k}": v for k, v in ann.items()} | {f"Ben:{k}": v for k, v in ben.items()} | {"*7": ann["C7"]}
    sets.write_c3d(tmp_path / "duet.c3d", both)
    with pytest.raises(ValueError, match="holds 2 takes; choose take from duet_Ann, duet_Ben"):
        read_motion(tmp_path / "duet.c3d")
    one, other = (read_motion(tmp_path / "duet.c3d", take=f"duet_{who}") for who in ("Ann", "Ben"))
    assert one.group == other.group == "duet"
    np.testing.assert_allclose(other.xyz - one.xyz, np.broadcast_to([1.0, 0, 0], TRUTH.shape), atol=1e-4)


def test_short_gaps_of_markers_are_filled_and_long_ones_told(tmp_path):
    pytest.importorskip("ezc3d")
    points = sets.markers(TRUTH)
    points["LKNE"] = points["LKNE"].copy()
    points["LKNE"][20:27] = np.nan  # 7 frames of 30 a second
    sets.write_c3d(tmp_path / "a.c3d", points)
    assert error(read_motion(tmp_path / "a.c3d"), "plug-in gait") < 0.01
    points["LKNE"][20:30] = np.nan
    sets.write_c3d(tmp_path / "a.c3d", points)
    with pytest.raises(ValueError, match=r"marker LKNE is missing for 0\.33 s from 0\.67 s on"):
        read_motion(tmp_path / "a.c3d")
