import numpy as np
from walking_bodies import iou, walker

from dance3d.masks.segmentation import foreground


def test_mog2_finds_the_walker_and_nobody_after_he_left():
    pictures, truth = walker()
    found = list(foreground("mog2").masks(pictures))
    assert len(found) == len(pictures) and found[0].shape == (120, 160) and found[0].dtype == bool
    assert np.mean([iou(a, b) for a, b in zip(found[:35], truth[:35], strict=True)]) > 0.8
    assert not any(mask.any() for mask in found[36:])


def test_a_list_a_function_and_an_iterator_give_mog2_the_same_pictures():
    pictures, _ = walker()
    twice = list(foreground("mog2").masks(pictures))
    called = list(foreground("mog2").masks(lambda: (p for p in pictures)))
    once = list(foreground("mog2").masks(iter(pictures)))
    assert all((a == b).all() and (a == c).all() for a, b, c in zip(twice, called, once, strict=True))
