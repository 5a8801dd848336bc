import itertools
from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.io.video import VideoReader
from dance3d.pipeline.exporters import export
from dance3d.visualization import overlay
from dance3d.visualization.colours import colour
from dance3d.visualization.overlay import _free, _spelt
from dance3d.visualization.skeleton import text_width


def test_uneven_times_reach_the_overlay(tmp_path):
    clip = fake_clip(0.4)
    time = np.array(clip.time)
    time[6:] += 0.3
    uneven = type(clip)(time=time, size=clip.size)
    export(None, uneven, [fake_dancer(time, clip.size)], tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert len(list(reader)) == len(time)
        np.testing.assert_allclose(reader.clip().time, time, atol=1e-3)


def test_eight_dancers_have_colours_and_labels_of_their_own(tmp_path):
    clip = fake_clip(0.04, size=(640, 360))
    one, found = fake_dancer(clip.time, clip.size), []
    for person in range(1, 9):
        xy = one.keypoints.xy * 0.6 + np.array([60 * person, 60])
        track = replace(one.keypoints, xy=xy, person=person, name="Zoë" if person == 3 else "")
        found.append(replace(one, keypoints=track))
    export(None, clip, found, tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        picture = next(iter(reader)).image[:360].astype(int)
    for person in range(1, 9):
        assert (np.abs(picture - colour(person)).sum(-1) < 60).sum() > 100, person


def test_labels_stay_in_the_picture_and_off_each_other():
    picture, taken = np.zeros((180, 320, 3), np.uint8), []
    for x, y in [(160, 40)] * 6 + [(0, 0), (319, 179), (-50, 90), (400, 90)]:
        taken.append(_free(picture, np.array([x, y]), 30, 9.0, taken))
    for left, top, right, bottom in taken:
        assert 0 <= left < right <= 320 and 0 <= top < bottom <= 180
    for a, b in itertools.combinations(taken, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_names_are_spelt_in_letters_that_can_be_drawn():
    assert [_spelt(name) for name in ("Zoë Groß", "Łucja", "舞", "")] == ["Zoe Gross", "", "", ""]


def test_large_videos_get_a_smaller_overlay(tmp_path):
    clip = fake_clip(0.04, size=(2000, 1000))
    export(None, clip, [fake_dancer(clip.time, clip.size)], tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert reader.info.size[0] == 1280 and reader.info.size[1] > 640


def test_a_name_of_ten_thousand_letters_is_measured_once_and_cut(tmp_path, monkeypatch):
    measured = []
    monkeypatch.setattr(overlay, "text_width", lambda text, *a, **k: measured.append(text) or text_width(text, *a, **k))
    clip = fake_clip(0.4)
    one = fake_dancer(clip.time, clip.size)
    named = replace(one, keypoints=replace(one.keypoints, name="x" * 10_000))
    overlay.write_overlay(None, clip, [named], tmp_path / "o.mp4")
    assert max(map(len, measured)) <= 60 and measured.count("x" * 57 + "..") == 1
