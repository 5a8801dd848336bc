import pytest

from dance3d.stages.keypoints.settings import MOST, KeypointSettings


def test_what_only_files_need_counts_only_for_files():
    video, file = KeypointSettings(), KeypointSettings(backend="file", fps=25, size=(640, 480))
    assert video.ignored("take") == "with keypoints.backend=file" and video.ignored("detect_size") == ""
    assert file.ignored("fps") == "" and file.ignored("limit_seconds") == ""
    assert (file.fps, file.size) == (25.0, (640, 480))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"backend": "openpose"}, "'openpose' is not known; choose from .*mediapipe.*file"),
        ({"tracker": "deepsort"}, "'deepsort' is not known; choose from own, iou"),
        ({"format": "c3d"}, "'c3d' is not known; choose from npz, openpose"),
        ({"people": "two"}, r"keypoints\.people 'two' is not known; choose from all"),
        ({"people": MOST + 1}, r"keypoints\.people is 33, expected 1 to 32"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_choices(given, message):
    with pytest.raises(ValueError, match=message):
        KeypointSettings(**given)


def test_a_file_that_maps_joints_is_read_whoever_names_it(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("left_knee: knee1")
    assert KeypointSettings(backend="file", skeleton=str(path)).skeleton == {"left_knee": "knee1"}
    with pytest.raises(ValueError, match=r"none\.yaml"):
        KeypointSettings(backend="file", skeleton=str(tmp_path / "none.yaml"))


def test_people_is_a_number_or_everybody():
    assert KeypointSettings(people="2").number_of_people == KeypointSettings(people=2).number_of_people == 2
    assert KeypointSettings(people="all").number_of_people is KeypointSettings().number_of_people is None
