import pytest

from dance3d.contracts import Camera


def test_a_field_of_view_is_that_of_the_longer_side():
    camera = Camera.from_field_of_view(90, (640, 480))
    assert camera.focal == pytest.approx(320) and camera.centre == (320, 240) and camera.assumed
    assert camera.field_of_view == pytest.approx(90)
    assert Camera.from_field_of_view(90, (480, 640)).focal == pytest.approx(320)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Camera(0.0, (1, 1), (2, 2)), "focal is 0.0, expected a positive number"),
        (lambda: Camera(float("nan"), (1, 1), (2, 2)), "focal is nan"),
        (lambda: Camera(5.0, (1, 1), (2, 0)), r"size is \(2, 0\), expected positive"),
        (lambda: Camera.from_field_of_view(180, (2, 2)), "field of view is 180 degrees"),
    ],
)
def test_what_is_no_camera_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
