import numpy as np

from dance3d.geometry.boxes import area, of_joints, of_mask, overlap


def test_a_box_holds_the_joints_there_are():
    xy = np.array([[[1.0, 5.0], [3.0, 2.0], [np.nan, 9.0]], [[np.nan, np.nan]] * 3], np.float32)
    found = of_joints(xy)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [[1, 2, 3, 5], [np.nan] * 4])
    assert of_joints(xy[None]).shape == (1, 2, 4)
    assert area(found).tolist() == [6, 0] and overlap(found, found).tolist() == [1, 0]


def test_a_box_of_a_mask_ends_one_past_it():
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3] = mask[3, 7] = True
    left, top, right, bottom = of_mask(mask)
    assert (left, top, right, bottom) == (3, 2, 8, 4) and mask[top:bottom, left:right].sum() == mask.sum()
