import cv2
import numpy as np
import pytest

from dance3d.io.video.pictures import ArrayPicture
from dance3d.stages.keypoints.shots import change, find_shots
from dance3d.stages.keypoints.small_pictures import small_picture

SIZE = (160, 90)
FPS = 30


def scene(seed, frames=45, speed=0.0):
    """A wide picture that a camera pans over, ``speed`` picture widths per second."""
    rng = np.random.default_rng(seed)
    wide = cv2.resize(rng.integers(0, 255, (6, 22, 3), np.uint8), (SIZE[0] * 4, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    lefts = [round(abs((speed * t / FPS + 0.5) % 2 - 1) * SIZE[0] * 3) for t in range(frames)]
    return np.stack([wide[:, left : left + SIZE[0]] for left in lefts]).astype(np.float32)


def found(*films):
    film = np.concatenate(films)
    small = np.stack([small_picture(ArrayPicture(np.clip(p, 0, 255).astype(np.uint8))) for p in film])
    return find_shots(small, np.arange(len(small)) / FPS)


@pytest.mark.parametrize("speed", [0.0, 0.2, 0.5])
def test_cuts_are_found_at_their_frame(speed):
    films = [scene(seed, speed=speed) for seed in (1, 2, 3)]
    assert found(*films) == (0, 45, 90)


@pytest.mark.parametrize("frames", [15, 30])
def test_a_dissolve_is_found_in_its_middle(frames):
    one, other = scene(1, 60), scene(2, 60)
    share = np.linspace(0, 1, frames)[:, None, None, None]
    shots = found(one[frames:], (1 - share) * one[:frames] + share * other[:frames], other[frames:])
    assert len(shots) == 2 and abs(shots[1] - (60 - frames / 2)) <= 5


def test_a_fade_through_black_to_another_scene_is_found():
    one, other, dark = scene(1), scene(2), np.linspace(1, 0, 12)[:, None, None, None]
    shots = found(one[12:], one[:12] * dark, other[:12] * dark[::-1], other[12:])
    assert len(shots) == 2 and abs(shots[1] - 45) <= 6


@pytest.mark.parametrize("frames", [1, 3])
def test_flashes_are_no_cuts(frames):
    film = scene(1, 90, 0.2)
    film[40 : 40 + frames] = film[40 : 40 + frames] * 0.2 + 200
    assert found(film) == (0,)


def test_strobe_light_is_no_cut():
    film = scene(1, 90)
    film[::3] *= 0.15
    assert found(film) == (0,)


@pytest.mark.parametrize("speed", [0.5, 2.0, 4.0])
def test_pans_are_no_cuts(speed):
    assert found(scene(1, 90, speed)) == (0,)


def test_light_that_goes_down_is_no_cut():
    assert found(scene(1, 90) * np.linspace(1, 0.2, 90)[:, None, None, None]) == (0,)


def test_a_body_that_passes_close_to_the_lens_is_no_cut():
    film = scene(1, 90)
    for frame in range(30, 50):
        left = (frame - 30) * 14 - 100
        film[frame, :, max(left, 0) : max(left + 100, 0)] = 30
    assert found(film) == (0,)


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_films_too_short_for_two_shots(frames):
    small = np.zeros((frames, 24, 32), np.uint8)
    assert find_shots(small, np.arange(frames) / FPS) == (0,)


def test_change_disregards_brightness_and_small_movements():
    a, b, c = (small_picture(ArrayPicture(p.astype(np.uint8)))[None] for p in (*scene(1, 2, 0.3), scene(2, 1)[0]))
    assert change(a, b)[0] < 6 < 15 < change(a, c)[0]
    darker = small_picture(ArrayPicture((scene(1, 1)[0] * 0.8 + 20).astype(np.uint8)))[None]
    assert change(small_picture(ArrayPicture(scene(1, 1)[0].astype(np.uint8)))[None], darker)[0] < 10
