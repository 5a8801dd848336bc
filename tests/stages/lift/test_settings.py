import pytest

from dance3d.stages.lift.settings import LiftSettings


def test_metres_come_from_the_dancer_or_from_the_camera_above_a_floor():
    camera = {"focal": 900, "height": 1.5}
    assert LiftSettings(camera=camera).camera.height == 1.5 and LiftSettings(height=1.7).height == 1.7
    with pytest.raises(ValueError, match="both say how long a metre is; give one of them"):
        LiftSettings(camera=camera, height=1.7)
    with pytest.raises(ValueError, match=r"lift\.camera\.height needs the floor"):
        LiftSettings(camera=camera, floor=False)
    assert not LiftSettings(camera={"focal": 900}, floor=False).floor


def test_what_a_method_does_not_read_is_ignored():
    assert LiftSettings(method="seeds").ignored("proportions") == "without lift.method=seeds"
    assert LiftSettings().ignored("proportions") == ""
