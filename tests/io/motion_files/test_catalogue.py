import pytest

from dance3d.contracts import NOT_A_DANCE
from dance3d.io.motion_files.catalogue import genre, group


def test_groups():
    assert group("salsa_01") == group("salsa_16") == "salsa_01" and group("salsa_15") == group("salsa_30")
    assert group("05_03") == "05" and group("martial_04") == "martial_04" and group("mine") == "mine"


def test_aist_names_give_dancer_choreography_and_genre(tmp_path):
    one, other = "gBR_sBM_cAll_d04_mBR0_ch01", "gBR_sBM_cAll_d05_mBR3_ch01"
    assert group(one) == "aist_d04" and group(other) == "aist_d05"
    assert group(one, "choreography") == group(other, "choreography") == "aist_gBR_sBM_ch01"
    assert genre(one, tmp_path / f"{one}.pkl") == "break" and genre("x", tmp_path / "salsa" / "x.bvh") == "salsa"
    assert genre("01_01", tmp_path / "general" / "01_01.bvh") == NOT_A_DANCE
    with pytest.raises(ValueError, match="together is 'music'; choose from dancer, choreography"):
        group(one, "music")


def test_a_subjects_folder_is_no_genre(tmp_path):
    assert genre("60_01", tmp_path / "salsa" / "60" / "60_01.amc") == "salsa"
    assert genre("01_01", tmp_path / "general" / "01" / "01_01.amc") == NOT_A_DANCE
