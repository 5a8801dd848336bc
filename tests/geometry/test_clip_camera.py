import numpy as np
import pytest

from dance3d.geometry.clip_camera import view
from dance3d.stages.lift.settings import LiftSettings

LEVEL = np.array([0.0, -1.0, 0.0])


def test_calibrated_cameras_are_read_and_refused():
    size = (640, 480)

    def seen(**given):
        settings = LiftSettings(**given)
        return view(settings.camera, settings.field_of_view, size)

    assert seen().camera.assumed and seen(field_of_view=60).camera.field_of_view == pytest.approx(60)
    full = seen(camera={"focal": 500, "centre": [300, 200], "up": [0, -2, 0], "height": 1.5})
    assert not full.camera.assumed and full.camera.centre == (300, 200) and full.height == 1.5
    np.testing.assert_array_equal(full.up, LEVEL)
    assert seen(camera={"focal": 500.0}).camera.centre == (320, 240)
    for given, told in (
        ({"camera": 500}, "expected a mapping of focal"),
        ({"camera": {"centre": [1, 2]}}, "no focal"),
        ({"camera": {"focal": 500, "fov": 3}}, "no part 'fov'"),
        ({"camera": {"focal": -5}}, "camera.focal is -5"),
        ({"camera": {"focal": "x"}}, "camera.focal is 'x'"),
        ({"camera": {"focal": 500, "centre": [1]}}, "expected 2 numbers"),
        ({"camera": {"focal": 500, "up": [0, 0, 0]}}, "expected a direction"),
        ({"camera": {"focal": 500, "height": 0}}, "expected 0.1 to 20"),
        ({"camera": {"focal": 500, "height": 1.5}, "height": 1.7}, "give one of them"),
        ({"camera": {"focal": 500, "height": 1.5}, "floor": False}, "needs the floor"),
    ):
        with pytest.raises(ValueError, match=told):
            LiftSettings(**given)
