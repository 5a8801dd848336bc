import pytest

from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW, CameraSettings


def test_a_calibration_is_read_from_what_a_user_writes():
    made = CameraSettings.read({"focal": 500, "centre": [1, 2], "up": [0, -2, 0], "height": 1})
    assert made == CameraSettings(500.0, (1.0, 2.0), (0.0, -2.0, 0.0), 1.0)
    assert CameraSettings.read(made) is made and CameraSettings(500).centre is None
    assert 5 <= ASSUMED_FIELD_OF_VIEW <= 170


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (500, "camera is 500, expected a mapping of focal, centre, up, height"),
        ({}, "camera has no focal"),
        ({"focal": 1, "zoom": 2}, "camera has no part 'zoom'; its parts are: focal, centre, up, height"),
        ({"focal": 0}, r"camera\.focal is 0\.0, expected a positive number"),
        ({"focal": True}, r"camera\.focal is True, expected a number"),
        ({"focal": 1, "centre": [1, float("nan")]}, r"camera\.centre is .*expected 2 numbers"),
        ({"focal": 1, "up": [0, 0, 0]}, r"camera\.up is .*expected a direction"),
        ({"focal": 1, "height": 21}, r"camera\.height is 21\.0 m, expected 0\.1 to 20"),
    ],
)
def test_what_is_no_calibration_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        CameraSettings.read(given)
