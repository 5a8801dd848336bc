import itertools
from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.visualization import labels, overlay
from dance3d.visualization.labels import free_box, spelt
from dance3d.visualization.skeleton import text_width


def test_labels_stay_in_the_picture_and_off_each_other():
    taken = []
    for x, y in [(160, 40)] * 6 + [(0, 0), (319, 179), (-50, 90), (400, 90)]:
        taken.append(free_box((320, 180), np.array([x, y]), 30, 9.0, taken))
    for left, top, right, bottom in taken:
        assert 0 <= left < right <= 320 and 0 <= top < bottom <= 180
    for a, b in itertools.combinations(taken, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_names_arespelt_in_letters_that_can_be_drawn():
    assert [spelt(name) for name in ("Zoë Groß", "Łucja", "舞", "")] == ["Zoe Gross", "", "", ""]


def test_a_name_of_ten_thousand_letters_is_measured_once_and_cut(tmp_path, monkeypatch):
    measured = []
    monkeypatch.setattr(labels, "text_width", lambda text, *a, **k: measured.append(text) or text_width(text, *a, **k))
    clip = fake_clip(0.4)
    one = fake_dancer(clip.time, clip.size)
    named = replace(one, keypoints=replace(one.keypoints, name="x" * 10_000))
    overlay.write_overlay(None, clip, [named], tmp_path / "o.mp4")
    assert max(map(len, measured)) <= 60 and measured.count("x" * 57 + "..") == 1
