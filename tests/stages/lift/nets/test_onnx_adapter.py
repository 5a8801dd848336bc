import pytest
import yaml

from dance3d.skeleton import H36M17
from dance3d.stages.lift.nets.onnx_adapter import read_adapter

LEAST = {"joints": "h36m17", "picture": "width", "layout": ["B", "T", "JC"], "frames": 27, "unit": "mm"}


def read(tmp_path, given):
    path = tmp_path / "net.yaml"
    path.write_text(given if isinstance(given, str) else yaml.safe_dump(given))
    return read_adapter(path)


def test_what_is_not_said_follows_from_what_is(tmp_path):
    found = read(tmp_path, LEAST)
    assert found.joints == found.answers == H36M17.joints and found.answer_layout.axes == ("B", "T", "JC")
    assert (found.before, found.after, found.root, found.fps) == (0, 0, "pelvis", None)
    assert read(tmp_path, LEAST | {"frames": "any"}).frames == 0
    assert read(tmp_path, LEAST | {"unit": None}).unit == "none"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"joints": ["pelvis", "left_wing"]}, "joints: 'left_wing' is not known; choose from pelvis, right_hip"),
        ({"joints": ["pelvis", "pelvis"]}, "joints names pelvis twice"),
        ({"joints": 17}, "joints is 17, expected a list of names, or h36m17"),
        ({"joints": [["pelvis"]]}, "is not known"),
        ({"answers": ["pelvis", "spine"]}, "answers lacks right_hip, right_knee"),
        ({"root": "tail"}, "root: 'tail' is not known"),
        ({"picture": "pixels"}, "picture: 'pixels' is not known; choose from width, tangents, box"),
        ({"layout": ["B", "T", "J"]}, "expected each of B, T, J and C once"),
        ({"layout": ["B", "T", "JJ", "C"]}, "expected each of B, T, J and C once"),
        ({"layout": "BTJC"}, "expected each of B, T, J and C once"),
        ({"layout": ["B", "J", "C"]}, "has no axis T, so frames must be 1, not 27"),
        ({"frames": 0}, "frames is 0, expected a whole number from 1"),
        ({"frames": 2.5}, "frames is 2.5, expected a whole number"),
        ({"before": 20, "after": 7}, "leave no answer of 27 frames"),
        ({"unit": "furlong"}, "unit: 'furlong' is not known; choose from m, cm, mm, none"),
        ({"unit": ["m"]}, "is not known"),
        ({"fps": -1}, "fps is -1, expected frames per second"),
        ({"score": "yes please"}, "score is 'yes please', expected true or false"),
        ({"joint": 1}, "joint is not known; choose from joints"),
    ],
)
def test_a_wrong_value_is_one_clear_error(tmp_path, change, said):
    with pytest.raises(ValueError, match=r"net\.yaml: ") as error:
        read(tmp_path, LEAST | change)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_what_is_needed_must_be_said(tmp_path):
    for key in LEAST:
        with pytest.raises(ValueError, match=f"{key} is not said; needed are joints"):
            read(tmp_path, {name: value for name, value in LEAST.items() if name != key})
    for text in ("", "- a", "}{"):
        with pytest.raises(ValueError, match=r"net\.yaml"):
            read(tmp_path, text)
