from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import ARTEFACTS, Dancer


def test_every_kind_is_found_by_its_name():
    assert list(ARTEFACTS) == ["Clip", "Keypoints2D", "Pose3D", "Movements", "Music", "Genre", "Masks", "MotionClip"]
    assert all(kind.__name__ == name for name, kind in ARTEFACTS.items())


def test_a_dancers_number_is_that_of_the_keypoints():
    dancer = fake_dancer(fake_clip(0.2).time, person=3)
    assert isinstance(dancer, Dancer) and dancer.person == dancer.keypoints.person == 3
