import motion_sets as sets
import numpy as np
import pytest

from dance3d.io.asf import read_asf, transforms

SKELETON = """# a comment, with :words
:version 1.10
:name VICON
:units
  length 0.45
  angle deg
:documentation
   .ast automatically generated
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name Thigh
     direction 0 -1 0
     length 2
     axis 0 0 90 XYZ
    dof rx rz
    limits (-160.0 20.0)
           (-70.0 70.0)
  end
  begin
     name shin
     direction 0 -1 0
     length 3
     axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root thigh
    thigh shin
  end
"""


def write(path, text=SKELETON):
    path.write_text(text)
    return path


def test_joints_are_where_bones_begin_and_end(tmp_path):
    asf = read_asf(write(tmp_path / "a.asf"))
    assert asf.names == ["root", "thigh", "shin", "shin_End"] and asf.parents == [-1, 0, 1, 2]
    assert asf.channels == [["tx", "ty", "tz", "rx", "ry", "rz"], ["rx", "rz"], [], []]
    assert asf.length == 0.45 and asf.degrees
    position, _ = transforms(asf, np.array([[1, 5, 2, 0, 0, 0, 0, 0.0]]))
    np.testing.assert_allclose(position[0], [[1, 5, 2], [1, 5, 2], [1, 3, 2], [1, 0, 2]], atol=1e-12)


def test_a_bone_turns_about_its_own_axes(tmp_path):
    asf = read_asf(write(tmp_path / "a.asf"))
    quarter = np.pi / 2
    position, _ = transforms(asf, np.array([[0, 0, 0, 0, 0, 0, quarter, 0.0]]))  # its x is the world's y
    np.testing.assert_allclose(position[0, 2:], [[0, -2, 0], [0, -5, 0]], atol=1e-12)
    position, _ = transforms(asf, np.array([[0, 0, 0, 0, 0, 0, 0, quarter]]))
    np.testing.assert_allclose(position[0, 2:], [[2, 0, 0], [5, 0, 0]], atol=1e-12)


def test_the_first_of_a_roots_rotations_happens_first(tmp_path):
    asf = read_asf(write(tmp_path / "a.asf", SKELETON.replace("RX RY RZ", "RZ RX RY")))
    position, _ = transforms(asf, np.array([[0, 0, 0, np.pi / 2, np.pi / 2, 0, 0, 0.0]]))
    np.testing.assert_allclose(position[0, 2], [2, 0, 0], atol=1e-12)  # down to x by z, which x leaves there


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (":hierarchy", ":ranking", "line 31: :ranking is not known; choose from :version"),
        (SKELETON[SKELETON.index(":hierarchy") :], "", "cut short: it has no :hierarchy"),
        ("angle deg", "angle gon", "angles are in 'gon'; choose from deg, rad"),
        ("length 0.45", "length 0", "expected more than 0"),
        ("length 0.45", "length much", "the unit of length is 'much', expected 1 finite number"),
        ("direction 0 -1 0\n     length 2", "direction 0 -1\n     length 2", "direction is '0 -1', expected 3 finite"),
        ("length 2", "length nan", "line 19: length is 'nan', expected 1 finite number"),
        ("length 2", "length 1e300", "line 19: length"),
        ("90 XYZ", "90 XYX", "line 20: axis ends with 'xyx', expected an order such as XYZ"),
        ("dof rx rz", "dof rx l", "line 21: rx l: choose from rx, ry, rz, each once"),
        ("dof rx rz", "dof rx rx", "line 21: rx rx: choose"),
        ("name shin", "name thigh", "line 30: a bone needs a name of its own"),
        ("name shin", "", "line 30: a bone needs a name"),
        ("thigh shin\n", "thigh foot\n", "line 34: 'foot' is no bone, or hangs already; choose from shin"),
        ("thigh shin\n", "thigh thigh\n", "line 34: 'thigh' is no bone, or hangs already"),
        ("root thigh\n", "shin thigh\n", "line 33: 'shin' hangs on nothing; so far hang root"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, old, new, says):
    assert old in SKELETON
    with pytest.raises(ValueError, match=rf"a\.asf.*{says}"):
        read_asf(write(tmp_path / "a.asf", SKELETON.replace(old, new, 1)))


def test_a_skeleton_of_very_many_bones_is_refused(tmp_path):
    sets.write_amc(tmp_path / "a.amc", sets.figure(2))
    text = (tmp_path / "a.asf").read_text()
    bone = "  begin\n name x{}\n direction 0 1 0\n length 1\n axis 0 0 0 XYZ\n end\n"
    more = "".join(bone.format(i) for i in range(2000))
    with pytest.raises(ValueError, match="1000 are most"):
        read_asf(write(tmp_path / "a.asf", text.replace(":hierarchy", more + ":hierarchy")))
