import gzip

import motion_sets as sets
import numpy as np
import pytest

from dance3d.io.amc import read_amc, skeleton_of
from dance3d.io.asf import read_asf


@pytest.fixture
def take(tmp_path):
    """A motion of 60 frames; its skeleton lies beside it."""
    sets.write_amc(tmp_path / "05_01.amc", sets.figure(60))
    return tmp_path / "05_01.amc"


def read(path, **how):
    return read_amc(path, read_asf(skeleton_of(path)), **how)


def edited(path, change):
    lines = path.read_text().splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_frames_that_are_not_wanted_are_not_read(take):
    values = read(take)
    assert values.shape == (60, 6 + 3 * 18)
    np.testing.assert_array_equal(read(take, kept=slice(2, None, 4)), values[2::4])
    take.with_suffix(".amc.gz").write_bytes(gzip.compress(take.read_bytes().replace(b"\n", b"\r\n")))
    np.testing.assert_array_equal(read(take.with_suffix(".amc.gz")), values)


def test_bones_may_come_in_any_order(take):
    values = read(take)
    height = 1 + 19

    def turn_around(lines):
        for at in range(3, len(lines), height):
            lines[at + 1 : at + height] = lines[at + 1 : at + height][::-1]

    np.testing.assert_array_equal(read(edited(take, turn_around)), values)


def test_a_frame_that_is_not_whole_costs_itself(take, caplog):
    values = read(take)
    broken = edited(take, lambda lines: lines.__delitem__(3 + 20 * 10 + 5))
    found = read(broken)
    assert len(found) == 60 and "line 204: in frame 11" in caplog.text
    assert "the frame before stands for it" in caplog.text
    np.testing.assert_array_equal(found[10], values[9])
    np.testing.assert_array_equal(np.delete(found, 10, 0), np.delete(values, 10, 0))
    np.testing.assert_array_equal(read(broken, kept=slice(1, None, 3)), found[1::3])
    with pytest.raises(ValueError, match="line 204"):
        read(broken, strict=True)


def test_a_file_that_is_cut_loses_its_last_frame(take, caplog):
    values = read(take)
    take.write_text(take.read_text()[:-90])
    np.testing.assert_array_equal(read(take), values[:-1])
    assert "left out" in caplog.text


def test_a_bone_without_values_rests(take, caplog):
    values = read(take)
    take.write_text("\n".join(line for line in take.read_text().splitlines() if not line.startswith("rwrist")))
    found = read(take)
    assert "does not move rwrist of its skeleton; they rest" in caplog.text
    assert not found[:, -3:].any() and values[:, -3:].all()
    np.testing.assert_array_equal(found[:, :-3], values[:, :-3])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rwrist", "rpaw", r"line 23: 'rpaw .*' is no bone of its skeleton that moves.*choose from root, lowerback"),
        (":DEGREES", "degrees", "line 3: 'degrees', expected :DEGREES, :RADIANS or a frame's number"),
        ("lfemur ", "lfemur nan ", "line 4: in frame 1 lfemur has not its 3 numbers"),
    ],
)
def test_what_does_not_fit_is_said(take, old, new, says):
    take.write_text(take.read_text().replace(old, new))
    with pytest.raises(ValueError, match=says):
        read(take)


def test_no_frame(take):
    take.write_text(":FULLY-SPECIFIED\n:DEGREES\n")
    with pytest.raises(ValueError, match="no AMC file, or is cut short: it has no frame"):
        read(take)


def test_the_skeleton_is_the_subjects_or_the_only_one(tmp_path):
    take = tmp_path / "HDM_bd_01-02.amc.gz"
    with pytest.raises(ValueError, match=r"needs its skeleton, such as hdm\.asf, in the same folder; there is none"):
        skeleton_of(take)
    (tmp_path / "Rory.ASF").touch()
    assert skeleton_of(take).name == "Rory.ASF"
    (tmp_path / "HDM.asf").touch()
    assert skeleton_of(take).name == "HDM.asf"
    (tmp_path / "HDM_bd.asf.gz").touch()
    assert skeleton_of(take).name == "HDM_bd.asf.gz"
    with pytest.raises(ValueError, match=r"there are HDM\.asf, HDM_bd\.asf\.gz, Rory\.ASF"):
        skeleton_of(tmp_path / "HDMX_01.amc")
