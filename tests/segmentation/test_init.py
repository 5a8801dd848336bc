"""Masks of the people in a video: one interface, several methods."""

import importlib.util

import cv2
import numpy as np
import pytest

from dance3d.segmentation import follow, foreground, people

MEDIAPIPE = pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def walker(frames=40, size=(160, 120)):
    """A bright body that walks before a grainy wall, and its masks; nobody for the last five pictures."""
    rng = np.random.default_rng(0)
    wall = rng.integers(60, 100, (size[1], size[0], 3))
    pictures, masks = [], []
    for t in range(frames):
        mask = np.zeros(wall.shape[:2], np.uint8)
        if t < frames - 5:
            cv2.ellipse(mask, (20 + 3 * t, 60), (10, 35), 0, 0, 360, 1, -1)
        picture = wall + rng.normal(0, 2, wall.shape)
        picture[mask > 0] = (220, 40, 30)
        pictures.append(picture.clip(0, 255).astype(np.uint8))
        masks.append(mask.astype(bool))
    return pictures, masks


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


@MEDIAPIPE
def test_selfie_finds_the_tennis_player(data_dir):
    folder = data_dir / "masks" / "tennis"
    names = sorted(p.name for p in (folder / "rgb").rglob("*.png"))[:6]
    rgb, truth = ({p.name: p for p in (folder / kind).rglob("*.png")} for kind in ("rgb", "mask"))
    pictures = [cv2.cvtColor(cv2.imread(str(rgb[n])), cv2.COLOR_BGR2RGB) for n in names]
    found = list(foreground("selfie").masks(pictures))
    assert np.mean([iou(f, cv2.imread(str(truth[n]), 0) > 127) for f, n in zip(found, names, strict=True)]) > 0.8


@MEDIAPIPE
def test_selfie_sees_nobody_in_noise():
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    found = list(foreground("selfie").masks([noise, noise]))
    assert len(found) == 2 and not any(mask.any() for mask in found)


def test_chroma_takes_the_wall_away_and_a_given_key_too():
    picture = np.full((90, 120, 3), (30, 160, 60), np.uint8)
    picture[30:90, 50:70] = (200, 150, 130)
    truth = np.zeros((90, 120), bool)
    truth[30:90, 50:70] = True
    for settings in ({}, {"key": (30, 160, 60)}):
        (found,) = foreground("chroma", **settings).masks([picture])
        assert iou(found, truth) > 0.95
    (nobody,) = foreground("chroma").masks([np.full((90, 120, 3), 77, np.uint8)])
    assert not nobody.any()


@pytest.mark.parametrize("settings", [{}, {"box": (8, 20, 34, 100)}])
def test_grabcut_finds_the_walker_from_motion_and_from_a_box(settings):
    pictures, truth = walker(30)
    found = list(foreground("grabcut", **settings).masks(pictures))
    assert len(found) == 30
    assert np.mean([iou(a, b) for a, b in zip(found[:25], truth[:25], strict=True)]) > 0.7
    with pytest.raises(ValueError, match="expected \\(left, top, right, bottom\\)"):
        foreground("grabcut", box=(9, 0, 3, 5))


def test_files_are_read_in_order_scaled_and_counted(tmp_path):
    pictures, truth = walker(4)
    for t, mask in enumerate(truth):
        cv2.imwrite(str(tmp_path / f"{t:03d}.png"), cv2.resize(mask.astype(np.uint8) * 255, (80, 60)))
    method = foreground("files", path=tmp_path)
    found = list(method.masks(pictures))
    assert all(f.shape == t.shape for f, t in zip(found, truth, strict=True))
    with pytest.raises(ValueError, match="fewer than the clip has pictures"):
        list(method.masks(pictures * 2))
    with pytest.raises(ValueError, match="more masks than the clip's 3 pictures"):
        list(method.masks(pictures[:3]))
    with pytest.raises(ValueError, match="expected a folder of pictures"):
        foreground("files")
