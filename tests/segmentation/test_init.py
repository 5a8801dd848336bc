"""Masks of the people in a video: one interface, several methods."""

import importlib.util

import pytest

from dance3d.segmentation import foreground


@pytest.mark.parametrize("method", ["selfie", "mog2"])
def test_no_picture_gives_no_mask(method):
    if method == "selfie" and importlib.util.find_spec("mediapipe") is None:
        pytest.skip("mediapipe is not installed")
    assert list(foreground(method).masks([])) == []


def test_what_is_not_known_is_told_with_the_choices():
    with pytest.raises(ValueError, match=r"'sam' is not known; choose from auto, .*mog2"):
        foreground("sam")
    with pytest.raises(ValueError, match=r"'mog2' has no setting 'speed'; choose from learn, threshold"):
        foreground("mog2", speed=3)
    with pytest.raises(ValueError, match="size 3 32 or more"):
        foreground("mog2", size=3)


def test_auto_without_mediapipe_says_that_it_takes_the_background_model(monkeypatch):
    monkeypatch.setattr("dance3d.segmentation.find_spec", lambda name: None)
    with pytest.warns(UserWarning, match="mediapipe is not installed"):
        assert type(foreground("auto")).__name__ == "Mog2"
