import numpy as np
import pytest

from dance3d.contracts import Clip, Masks, MotionClip
from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Masks(np.ones((2, 4, 4), bool), np.arange(3)), r"Masks\.mask has shape \(2, 4, 4\)"),
        (lambda: Masks(np.ones((1, 4, 4), bool), [0], np.zeros((1, 4, 5))), r"Masks\.distance has shape"),
        (lambda: MotionClip(np.zeros((0, 17, 3)), 30, "a", "a"), "MotionClip 'a' has no frame"),
        (lambda: MotionClip(np.full((1, 17, 3), np.inf), 30, "a", "a"), r"MotionClip\.xyz holds infinite"),
        (lambda: Clip(np.arange(2), (4, 4), rotation=45), r"Clip\.rotation is 45, expected 0, 90, 180 or 270"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_moment_may_keep_some_of_its_views():
    pictures = tuple(np.full((2, 2, 3), n, np.uint8) for n in range(3))
    masks = tuple(np.zeros((2, 2), bool) for _ in range(3))
    lenses = tuple(Lens(np.eye(3) * n, np.eye(3, 4), np.zeros(0)) for n in range(3))
    joints = tuple(np.full((17, 3), float(n)) for n in range(3))
    better = [np.ones((2, 2), bool)] * 3
    kept = Moment("a", "a", "train", 0, pictures, masks, lenses, joints=joints).seen_by([2, 0], better)
    assert [one[0, 0, 0] for one in kept.pictures] == [2, 0] == [lens.matrix[0, 0] for lens in kept.lenses]
    assert all(mask.all() for mask in kept.masks) and [one[0, 0] for one in kept.joints] == [2, 0]
    assert Moment("a", "a", "train", 0, pictures, masks, lenses).seen_by([1], better).joints is None
