"""Parts of a picture look as the same parts of the whole, without the whole being converted."""

import av
import cv2
import numpy as np
import pytest

from dance3d.io.video.orientation import Orientation
from dance3d.io.video.pictures import ArrayPicture, DecodedPicture, picture_of
from dance3d.io.video.planes import BT601, BT709, rgb_of

SIZE = (96, 64)
WHOLE = np.array([[1.0, 0, 0], [0, 1, 0]])
TURNED = np.array([[0.9, 0.3, 10], [-0.3, 0.9, 25]])
ALL = [Orientation(turn, mirrored) for turn in (0, 90, 180, 270) for mirrored in (False, True)]


def smooth(size=SIZE):
    """A picture whose colours change slowly, so that chroma at half the size says it all."""
    small = np.random.default_rng(3).integers(60, 190, (3, 4, 3), np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)


def decoded(orientation=Orientation(), pixels="yuv420p", size=SIZE, longest=None, **colours):  # noqa: B008
    """A picture as the decoder gives it, stored so that it shows ``smooth`` in no orientation but the first."""
    frame = av.VideoFrame.from_ndarray(smooth(size), format="rgb24").reformat(format=pixels, **colours)
    shown = size if longest is None else (longest, round(size[1] * longest / size[0]))
    return DecodedPicture(frame, shown, orientation, longest is not None)


@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_a_part_is_that_of_the_whole_however_it_is_stored(orientation):
    whole, picture = decoded(orientation).rgb(), decoded(orientation)
    assert picture.shape == whole.shape
    for matrix, size in ((WHOLE, whole.shape[1::-1]), (TURNED, (33, 21))):
        part = picture.crop(matrix, size)
        assert part.shape == (size[1], size[0], 3) and part.dtype == np.uint8
        assert np.abs(part.astype(int) - ArrayPicture(whole).crop(matrix, size)).mean() < 2.5
    np.testing.assert_allclose(picture.part((7, 5, 30, 41)), whole[5:41, 7:30], atol=12)


@pytest.mark.parametrize("colours", [{}, {"dst_colorspace": "ITU709"}, {"dst_color_range": "JPEG"}], ids=str)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "nv12", "gbrp"])
def test_colours_are_those_of_the_whole_in_every_format(pixels, colours):
    picture, whole = decoded(pixels=pixels, **colours), decoded(pixels=pixels, **colours).rgb()
    assert np.abs(picture.crop(WHOLE, SIZE).astype(int) - whole).mean() < 2


def test_a_smaller_picture_gives_its_parts_from_the_stored_one():
    size = (384, 256)
    picture, whole = decoded(size=size, longest=96), decoded(size=size, longest=96).rgb()
    assert picture.shape == whole.shape == (64, 96, 3)
    assert np.abs(picture.crop(WHOLE, SIZE).astype(int) - whole).mean() < 3
    closer = picture.crop(np.array([[0.25, 0, 20], [0, 0.25, 10]]), (96, 64))  # pixels of what is stored
    np.testing.assert_allclose(closer, decoded(size=size).rgb()[40:104, 80:176], atol=12)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p"])
@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_grey_is_the_whole_as_shown_in_another_size(orientation, pixels):
    picture, whole = decoded(orientation, pixels), decoded(orientation, pixels).rgb()
    picture.prepare()
    size = (whole.shape[1] // 4, whole.shape[0] // 4)
    grey = picture.grey(size)
    assert grey.shape == size[::-1] and grey.dtype == np.uint8
    full = grey if pixels == "yuv422p" or pixels == "yuvj420p" else (grey.astype(float) - 16) / 219 * 255
    assert np.abs(full - ArrayPicture(whole).grey(size).astype(float)).mean() < 2


@pytest.mark.parametrize("scale", [2, 3, 7.9, 16])
def test_no_pixel_is_left_out_where_a_part_becomes_smaller(scale):
    fine = np.indices((256, 256)).sum(0) % 2 * 255
    image = np.repeat(fine[..., None], 3, 2).astype(np.uint8)
    part = ArrayPicture(image).crop(WHOLE * scale, (int(200 / scale), int(200 / scale)))
    assert np.abs(part.astype(int) - 127).max() <= 1


def test_beyond_the_edges_it_is_black():
    picture = decoded()
    for scale in (1, 8):
        assert picture.crop(np.array([[scale, 0, 500], [0, scale, 0]], float), (20, 20)).max() <= 1
    left = picture.crop(np.array([[1.0, 0, -10], [0, 1, 0]]), (20, 20))
    assert left[:, :8].max() <= 4 and left[:, 12:].mean() > 20


def test_the_whole_is_converted_only_when_asked_for(monkeypatch):
    picture, image = decoded(), smooth()
    monkeypatch.setattr(DecodedPicture, "_rgb", None)
    picture.crop(TURNED, (8, 8)), picture.part((0, 0, 9, 9))
    assert picture_of(picture) is picture and picture_of(image).rgb() is image
    np.testing.assert_array_equal(picture_of(image).part((3, 4, 9, 6)), image[4:6, 3:9])


@pytest.mark.parametrize("colorspace", [BT601, BT709])
@pytest.mark.parametrize("colours", [{}, {"dst_colorspace": "ITU709"}, {"dst_color_range": "JPEG"}], ids=str)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p"])
def test_planes_show_the_same_in_every_format_and_size(pixels, colours, colorspace):
    picture, whole = decoded(pixels=pixels, **colours), decoded(pixels=pixels, **colours).rgb()
    for size in (SIZE, (48, 32)):
        planes = picture.planes(size, colorspace)
        assert [plane.shape for plane in planes] == [
            size[::-1],
            (size[1] // 2, size[0] // 2),
            (size[1] // 2, size[0] // 2),
        ]
        wanted = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        assert np.abs(rgb_of(planes, colorspace).astype(int) - wanted).mean() < 4
    assert picture.colorspace == (BT709 if "dst_colorspace" in colours and pixels != "yuv422p" else BT601)


@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_planes_are_turned_as_displayed(orientation):
    whole, picture = decoded(orientation).rgb(), decoded(orientation)
    planes = picture.planes(whole.shape[1::-1], BT601)
    assert np.abs(rgb_of(planes, BT601).astype(int) - whole).mean() < 4
    others = ArrayPicture(whole).planes(whole.shape[1::-1], BT601)
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(planes, others, strict=True)) < 3


@pytest.mark.parametrize("orientation", ALL, ids=str)
@pytest.mark.parametrize("pixels", ["yuv420p", "rgb24"])
def test_a_glance_shows_the_whole_however_it_is_stored(orientation, pixels):
    picture = decoded(orientation, pixels, (384, 256))
    height, width, _ = picture.shape
    size = (32, 20) if width > height else (20, 32)
    for seen, whole in zip(picture.glance(size), ArrayPicture(picture.rgb()).glance(size), strict=True):
        assert seen.shape == whole.shape and np.abs(seen.astype(int) - whole).mean() < 4
