import keypoint_writers as write
import pytest
from keypoint_writers import FPS, SIZE

from dance3d.io.keypoint_files import mediapipe
from dance3d.io.keypoint_files.bodies import FileHints
from dance3d.io.keypoint_files.source import Source

LANDMARKS = [[0.5, 0.5, 0.0, 0.9]] * 33


def read(path, frames):
    return mediapipe.bodies(Source(write.text(path / "k.json", frames)), FileHints()).finish(SIZE, FPS)


def test_shares_become_pixels_and_one_person_may_stand_for_a_list(tmp_path):
    found = read(tmp_path, [[LANDMARKS, LANDMARKS], LANDMARKS, [], None, [[{"x": 0.25, "y": 1.0}] * 33]])
    assert found.frame.tolist() == [0, 0, 1, 4] and len(found.time) == 5
    assert found.xy[0, 0].tolist() == [200, 150] and found.xy[3, 0].tolist() == [100, 300]
    assert found.score[0, 0] == pytest.approx(0.9) and found.score[3, 0] == 1


def test_only_lists_of_33_landmarks_fit(tmp_path):
    for frames, fits in (([[LANDMARKS]], True), ([[], [LANDMARKS]], True), ([[LANDMARKS[:17]]], False), ([], False)):
        assert mediapipe.fits(Source(write.text(tmp_path / "k.json", frames))) is fits
    assert not mediapipe.fits(Source(write.text(tmp_path / "k.json", {"frames": []})))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"a": 1}, "expected a list of frames"),
        ([["who"]], "frame 0: a person is no list of landmarks"),
        ([LANDMARKS, [[[0.5, 0.5]] * 33]], "frame 1: a landmark is not x, y, z, visibility"),
        ([[LANDMARKS[:20]]], "bodies of 20 joints need a known skeleton"),
    ],
)
def test_what_is_built_otherwise_is_named(tmp_path, frames, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, frames)
