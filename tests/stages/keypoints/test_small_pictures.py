import numpy as np
import pytest

from dance3d.io.video.pictures import ArrayPicture
from dance3d.stages.keypoints.small_pictures import SmallPictures, small_picture


def pictures(count, size=(90, 160)):
    rng = np.random.default_rng(2)
    return [ArrayPicture(rng.integers(0, 255, (*size, 3), np.uint8)) for _ in range(count)]


@pytest.mark.parametrize(("size", "shape"), [((90, 160), (24, 32)), ((160, 90), (48, 16)), ((8, 2000), (12, 32))])
def test_sides_are_multiples_of_blocks(size, shape):
    assert small_picture(pictures(1, size)[0]).shape == shape


def test_pieces_give_the_same_as_all_at_once():
    every = pictures(6)
    whole, first, second = SmallPictures(), SmallPictures(), SmallPictures()
    for picture in every:
        whole.add(picture)
    for picture in every[:4]:
        first.add(picture)
    second.take(SmallPictures.checked({**first.new(), "frame": np.zeros(3)}, 4))
    for picture in every[4:]:
        second.add(picture)
    np.testing.assert_array_equal(second.all(), whole.all())
    assert len(second.new()["small"]) == 2 and len(first.new()["small"]) == 0


@pytest.mark.parametrize("piece", [{}, {"small": np.zeros((3, 24, 32), np.uint8)}, {"small": np.zeros((4, 24, 32))}])
def test_a_piece_of_something_else_is_refused(piece):
    with pytest.raises(ValueError, match="no small pictures of 4 frames"):
        SmallPictures.checked(piece, 4)
