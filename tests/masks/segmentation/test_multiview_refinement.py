import numpy as np
import pytest
from footage_sets import EXTRINSICS, MATRIX, SIZE, draw, overlap

from dance3d.contracts.camera import Lens
from dance3d.contracts.footage import Moment
from dance3d.masks.segmentation.multiview_refinement import refine_masks

LENSES = tuple(Lens(MATRIX, extrinsics, np.zeros(0)) for extrinsics in EXTRINSICS)


def clip(frames=5):
    """A person before a wall of blocks, and the true masks."""
    wall = np.kron(np.random.default_rng(0).integers(40, 110, (SIZE // 8 + 1, SIZE // 8 + 1, 3)), np.ones((8, 8, 1)))
    wall = wall[:SIZE, :SIZE].astype(np.uint8)
    found, true = [], []
    for frame in range(frames):  # walking, so that what is behind is seen
        masks = [draw(e, 6 * (frame - frames // 2), width=9) for e in EXTRINSICS]
        pictures = tuple(np.where(m[..., None], np.uint8([230, 150, 60]), wall) for m in masks)
        found.append(Moment("clip", "clip", "train", frame, pictures, tuple(masks), LENSES))
        true.append(masks)
    return found, true


def spoiled(moment, view, mask):
    masks = tuple(mask if n == view else old for n, old in enumerate(moment.masks))
    return Moment(moment.name, moment.group, moment.split, moment.frame, moment.pictures, masks, moment.lenses)


def test_a_flooded_mask_is_mended():
    found, true = clip()
    flooded = true[2][1].copy()
    flooded[SIZE // 2 :, : SIZE // 2] = True
    found[2] = spoiled(found[2], 1, flooded)
    out = refine_masks(found)
    assert [moment.frame for moment in out] == list(range(len(found)))
    assert overlap(out[2].masks[1], true[2][1]) > overlap(flooded, true[2][1]) + 0.1


def test_a_view_that_sees_nobody_is_left_out():
    found, _ = clip()
    dark = np.zeros((SIZE, SIZE), bool)
    found[4] = spoiled(found[4], 2, dark)
    hidden = list(found[4].pictures)
    hidden[2] = np.zeros_like(hidden[2])  # a lens cap: everything differs from the background
    found[4] = Moment("clip", "clip", "train", 4, tuple(hidden), found[4].masks, LENSES)
    out = refine_masks(found)
    assert len(out[0].masks) == len(LENSES)
    kept = {moment.frame: moment for moment in out}[4]
    assert not any(np.shares_memory(p, hidden[2]) or not p.any() for p in kept.pictures)


def test_moments_of_other_cameras_are_refused():
    found, _ = clip(2)
    less = Moment("clip", "clip", "train", 9, found[0].pictures[:3], found[0].masks[:3], LENSES[:3])
    with pytest.raises(ValueError, match="same cameras"):
        refine_masks([*found, less])
    with pytest.raises(ValueError, match="same cameras"):
        refine_masks([])
