import motion_sets as sets
import numpy as np
import pytest
from golden_figure import TRUTH, error

from dance3d.io.motion_files import format_of, read_motion

ANN = sets.motive_bones(TRUTH)


def motive(path, points=ANN, **how):
    sets.write_motive(path, points, **how)
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("version", ["1.24", "1.0"])
def test_every_version_and_what_excel_makes_of_it(tmp_path, mark, version):
    path = motive(tmp_path / "a.csv", mark=mark, version=version)
    clip = read_motion(path)
    assert format_of(path) == "motive" and clip.fps == sets.FPS and error(clip, "motive bones") < 1e-4


def test_millimetres_and_a_wrong_unit(tmp_path):
    facts = {"Length Units": "Millimeters"}
    path = motive(tmp_path / "a.csv", {name: at * 1000 for name, at in ANN.items()}, facts=facts)
    assert error(read_motion(path), "motive bones") < 1e-4
    with pytest.raises(ValueError, match=r"as it should have, the body is 0\.00 m tall"):
        read_motion(motive(tmp_path / "b.csv", facts=facts))


def test_two_skeletons_are_two_takes(tmp_path):
    ben = sets.motive_bones(TRUTH + sets.by(1, 0, 0), "Ben")
    path = motive(tmp_path / "duet.csv", ANN | ben)
    one, other = (read_motion(path, take=f"duet_{who}") for who in ("Ann", "Ben"))
    np.testing.assert_allclose(other.xyz - one.xyz, np.broadcast_to([1.0, 0, 0], TRUTH.shape), atol=1e-4)
    assert one.group == other.group == "duet"


def test_empty_cells_are_missing(tmp_path, caplog):
    lost = {name: at.copy() for name, at in ANN.items()}
    lost["Ann:LHand"][10:13] = np.nan
    lost["Ann:RShin"][20:40] = np.nan
    clip = read_motion(motive(tmp_path / "a.csv", lost))
    gone = np.isnan(clip.xyz).any(-1)
    assert gone.sum() == 20 and "Ann:RShin is missing for 0.67 s from 0.67 s on" in caplog.text


def test_a_row_that_is_cut_costs_itself(tmp_path, caplog):
    path = motive(tmp_path / "a.csv")
    path.write_text(path.read_text()[:-50])
    clip = read_motion(path)
    assert len(clip.xyz) == len(TRUTH) and np.isfinite(clip.xyz[:-1]).all()
    assert "line 67: does not fit the head of the table" in caplog.text


@pytest.mark.parametrize(
    ("points", "how", "says"),
    [
        ({f"Ann:B{i}": at for i, at in enumerate(ANN.values())}, {}, "no naming known fits its joints.*Ann:B0"),
        ({f"M{i}": at for i, at in enumerate(ANN.values())}, {"type_": "Marker"}, "its markers miss .*M0"),
        (ANN, {"facts": {"Coordinate Space": "Local"}}, "bones in Local coordinates; export them in Global"),
        (ANN, {"type_": "Rigid Body"}, "no places of bones or markers"),
        (ANN, {"facts": {"Export Frame Rate": "-1"}}, None),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, points, how, says):
    path = motive(tmp_path / "a.csv", points, **how)
    if says is None:
        assert read_motion(path).fps == pytest.approx(sets.FPS, abs=0.01)  # of the times
        return
    with pytest.raises(ValueError, match=says):
        read_motion(path)


def test_names_of_ones_own_need_a_map(tmp_path):
    names = {name: f"x{number}" for number, name in enumerate(ANN)}
    path = motive(tmp_path / "a.csv", {names[name]: at for name, at in ANN.items()})
    joints = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    words = dict(zip(joints, "Thigh Shin Foot UArm FArm Hand".split(), strict=True))
    given = {f"{side}_{j}": names[f"Ann:{side[0].upper()}{w}"] for side in sets.SIDES for j, w in words.items()}
    clip = read_motion(path, map=given | {"skull": names["Ann:Head"]})
    limbs = [i for i, at in enumerate(np.abs(clip.xyz - TRUTH).max((0, 2))) if at > 1e-3]
    assert len(limbs) <= 5, "trunk and head are built"


def test_other_tables_are_no_motion(tmp_path):
    for text in ("path,label\na.mp4,tango\n", "", "Format Version,2\n"):
        (tmp_path / "a.csv").write_text(text)
        assert format_of(tmp_path / "a.csv") is None
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    assert format_of(tmp_path / "a.csv") is None
