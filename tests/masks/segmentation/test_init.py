"""Masks of the people in a video: one interface, several methods."""

import pytest

from dance3d.masks.segmentation import foreground


@pytest.mark.parametrize("method", ["selfie", "mog2"])
def test_no_picture_gives_no_mask(method):
    assert list(foreground(method).masks([])) == []


def test_what_is_not_known_is_told_with_the_choices():
    with pytest.raises(ValueError, match=r"'sam' is not known; choose from auto, .*mog2"):
        foreground("sam")
    with pytest.raises(ValueError, match=r"'mog2' has no setting 'speed'; choose from learn, threshold"):
        foreground("mog2", speed=3)
    with pytest.raises(ValueError, match="size 3 32 or more"):
        foreground("mog2", size=3)


def test_auto_is_the_segmenter_for_any_video():
    assert type(foreground()) is type(foreground("auto")) is type(foreground("selfie"))
