import motion_sets as sets
import numpy as np
import pytest
from golden_figure import TRUTH, error

from dance3d.io.motion_files import read_motion
from dance3d.skeleton import H36M17


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


def test_short_gaps_of_markers_are_filled_and_long_ones_stay(tmp_path, caplog):
    pytest.importorskip("ezc3d")
    points = sets.markers(TRUTH)
    sets.write_c3d(tmp_path / "whole.c3d", points)
    before = read_motion(tmp_path / "whole.c3d")
    points["LKNE"] = points["LKNE"].copy()
    points["LKNE"][20:27] = np.nan  # 7 frames of 30 a second
    sets.write_c3d(tmp_path / "a.c3d", points)
    assert error(read_motion(tmp_path / "a.c3d"), "plug-in gait") < 0.01
    points["LKNE"][20:30] = np.nan
    sets.write_c3d(tmp_path / "a.c3d", points)
    clip = read_motion(tmp_path / "a.c3d")
    assert "marker LKNE is missing for 0.33 s from 0.67 s on" in caplog.text
    lost = np.isnan(clip.xyz).any(-1)
    names = [H36M17.joints[i] for i in np.flatnonzero(lost.any(0))]
    assert names == ["left_knee", "left_ankle"] and np.flatnonzero(lost.any(1)).tolist() == list(range(20, 30))
    whole = ~lost.any(1)
    assert np.abs(clip.xyz[whole] - before.xyz[whole]).max() < 1e-3
    with pytest.raises(ValueError, match=r"marker LKNE is missing for 0\.33 s from 0\.67 s on"):
        read_motion(tmp_path / "a.c3d", strict=True)


def test_labels_in_small_letters_are_the_same_markers(tmp_path):
    pytest.importorskip("ezc3d")
    sets.write_c3d(tmp_path / "a.c3d", sets.markers(TRUTH))
    sets.write_c3d(tmp_path / "b.c3d", {name.lower(): at for name, at in sets.markers(TRUTH).items()})
    one, other = (read_motion(tmp_path / f"{name}.c3d") for name in "ab")
    np.testing.assert_array_equal(one.xyz, other.xyz)
