import numpy as np
import pytest
import skfmm
from scipy.ndimage import distance_transform_edt

from dance3d.masks.geodesic import distance_map


def test_disc_is_the_distance_from_its_middle():
    y, x = np.mgrid[:61, :81]
    radius = np.hypot(y - 30, x - 40)
    inside = radius <= 20
    got = distance_map(inside)
    assert got.dtype == np.float32 and got[30, 40] == 0
    assert np.abs(got[inside] - radius[inside]).max() < 0.7  # fast marching's error near its start
    assert np.abs(got[~inside] - (radius[~inside] - 20)).max() < 1


def test_the_way_stays_inside_the_mask():
    mask = np.zeros((41, 60), bool)
    mask[0:41, 0:5] = mask[0:5, 0:60] = mask[36:41, 0:60] = True  # a horseshoe, open to the right
    got = distance_map(mask)
    start = np.argwhere((got == 0) & mask)[0]  # on one arm of it
    far = 38 if start[0] < 20 else 2
    assert np.linalg.norm(start - [far, 59]) < 55
    assert got[far, 59] > 100  # back along one arm, down, and along the other


def test_a_centroid_outside_moves_to_the_nearest_pixel():
    mask = np.zeros((41, 60), bool)
    mask[0:41, 0:5] = mask[0:5, 0:60] = mask[36:41, 0:60] = True
    zero = np.argwhere((distance_map(mask) == 0) & mask)
    centroid = np.argwhere(mask).mean(0)
    assert not mask[tuple(np.rint(centroid).astype(int))]
    nearest = np.linalg.norm(np.argwhere(mask) - centroid, axis=1).min()
    assert len(zero) == 1 and np.isclose(np.linalg.norm(zero[0] - centroid), nearest)


def test_outside_agrees_with_fast_marching():
    rng = np.random.default_rng(0)
    mask = np.zeros((64, 64), bool)
    for _ in range(6):
        r, c = rng.integers(8, 48, 2)
        mask[r : r + 9, c : c + 6] = True
    marched = skfmm.distance(np.where(mask, -1.0, 1.0))
    assert np.abs(distance_map(mask) - marched)[~mask].max() < 1.0


def test_equals_the_direct_computation_on_the_whole_picture():
    """Marched over the whole picture inside, the nearest pixel of the mask by brute force outside."""
    rng = np.random.default_rng(1)
    for size in (64, 256):
        mask = np.zeros((size, size), bool)
        for _ in range(8):
            r, c = rng.integers(size // 8, 3 * size // 4, 2)
            mask[r : r + size // 5, c : c + size // 6] = True
        got = distance_map(mask)
        seed = tuple(np.argwhere((got == 0) & mask)[0])
        front = np.ones(mask.shape)
        front[seed] = 0
        marched = skfmm.distance(np.ma.MaskedArray(front, ~mask))
        reached = mask & ~np.ma.getmaskarray(marched)
        np.testing.assert_allclose(got[reached], marched.data[reached], rtol=1e-6)
        np.testing.assert_allclose(got[~mask], distance_transform_edt(~mask)[~mask], rtol=1e-6)


def test_every_mask_has_a_finite_map():
    assert not distance_map(np.zeros((5, 7), bool)).any()
    one = np.zeros((5, 7), bool)
    one[2, 3] = True
    assert distance_map(one)[2, 3] == 0 and distance_map(one)[2, 6] == 3
    two = np.zeros((9, 30), bool)
    two[2:7, 2:7] = two[4, 25] = True
    assert np.isfinite(distance_map(two)).all() and distance_map(two)[4, 25] > 15
    assert np.isfinite(distance_map(np.ones((6, 4), bool))).all()


def test_a_stack_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 5, 7\), expected \(H, W\)"):
        distance_map(np.zeros((2, 5, 7), bool))
