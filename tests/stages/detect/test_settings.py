import pytest

from dance3d.stages.detect.settings import DetectSettings


def test_a_calibrated_camera_takes_the_place_of_the_field_of_view():
    assert DetectSettings().field_of_view == 47 and DetectSettings().smooth
    calibrated = DetectSettings(camera={"focal": 900})
    assert calibrated.camera.focal == 900 and calibrated.ignored("field_of_view") == "without detect.camera"
    with pytest.raises(ValueError, match=r"detect\.camera\.height: only the lifter reads it"):
        DetectSettings(camera={"focal": 900, "height": 1.5})
    with pytest.raises(ValueError, match=r"detect\.limit_seconds is 0\.0 seconds, expected above 0"):
        DetectSettings(limit_seconds=0)
