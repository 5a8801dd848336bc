from fractions import Fraction

import pytest

from dance3d.io.video.sizes import at_most, square


@pytest.mark.parametrize(
    ("aspect", "size"),
    [(None, (720, 576)), (Fraction(0), (720, 576)), (Fraction(64, 45), (1024, 576)), (0.5, (720, 1152))],
)
def test_pixels_become_square_without_loss(aspect, size):
    assert square((720, 576), aspect) == size


@pytest.mark.parametrize(
    ("longest", "size"), [(None, (1921, 3)), (1921, (1921, 3)), (960, (960, 1)), (100, (100, 1)), (5000, (1921, 3))]
)
def test_a_size_is_made_smaller_and_never_nothing(longest, size):
    assert at_most((1921, 3), longest) == size
