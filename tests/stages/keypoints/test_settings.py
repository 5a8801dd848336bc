import pytest

from dance3d.stages.keypoints.settings import MOST, KeypointSettings


def test_what_only_files_need_counts_only_for_files():
    video, file = KeypointSettings(), KeypointSettings(backend="file", fps=25, size=(640, 480))
    assert video.ignored("fps") == "with keypoints.backend=file" and video.ignored("detect_size") == ""
    assert file.ignored("fps") == "" and file.ignored("limit_seconds") == "without keypoints.backend=file"
    assert (file.fps, file.size) == (25.0, (640, 480))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"backend": "openpose"}, "'openpose' is not known; choose from .*mediapipe.*file"),
        ({"tracker": "deepsort"}, "'deepsort' is not known; choose from own, iou"),
        ({"format": "c3d"}, "'c3d' is not known; choose from npz, openpose"),
        ({"people": MOST + 1}, r"keypoints\.people is 33, expected 1 to 32"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_choices(given, message):
    with pytest.raises(ValueError, match=message):
        KeypointSettings(**given)
