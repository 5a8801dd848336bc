import numpy as np
import pytest

from dance3d.masks.segmentation import follow, people


def two(a, b, shape=(100, 200)):
    """Two standing bodies, the first wider."""
    mask = np.zeros(shape, bool)
    mask[20:80, a : a + 24] = mask[20:80, b : b + 14] = True
    return mask


def test_people_takes_bodies_apart_largest_first():
    mask = two(20, 120)
    mask[50:52, :] &= False  # a belt of the background's colour does not cut a body
    mask[0:2, 190:192] = True  # a speck is nobody
    bodies = people(mask)
    assert [int(b.sum()) for b in bodies] == [24 * 58, 14 * 58]
    assert people(np.zeros((9, 9), bool)) == []
    assert people(np.ones((9, 9), bool))[0].all()
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        people(np.zeros(3, bool))


def test_follow_keeps_its_person_when_another_grows_or_he_is_gone_for_a_while():
    masks = [two(20 + 2 * t, 160 - t) for t in range(12)]
    masks[3] = np.zeros_like(masks[3])
    masks[7][5:95, 130:199] = True  # the other one is larger now
    kept = list(follow(iter(masks)))
    assert len(kept) == len(masks) and not kept[3].any()
    for t in (0, 1, 2, 4, 7, 11):
        assert kept[t][:, 20 + 2 * t : 44 + 2 * t].any() and not kept[t][:, 120:].any()


def test_follow_refuses_masks_of_two_sizes():
    with pytest.raises(ValueError, match=r"shape \(5, 6\), expected \(5, 5\)"):
        list(follow([np.ones((5, 5), bool), np.ones((5, 6), bool)]))
