"""The genre in words: none of these, the strip over time, reasons, and the dancers' vote."""

from dataclasses import replace

import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import NONE, Evidence, Genre, Segment
from dance3d.report.build import write_report
from dance3d.report.genre import clip_genre, genre_text

CLASSES = ("salsa", "modern", "everyday")


def genre(prob=(0.7, 0.2, 0.1), **more):
    return Genre(prob=prob, classes=CLASSES, **more)


def dancers(*genres):
    clip = fake_clip()
    people = (fake_dancer(clip.time, person=n + 1, classes=CLASSES) for n in range(len(genres)))
    return [replace(one, genre=replace(g, person=one.person)) for one, g in zip(people, genres, strict=True)]


def page(tmp_path, *genres):
    (tmp_path / "overlay.mp4").write_bytes(b"none")
    write_report(tmp_path / "report.html", fake_clip(), dancers(*genres), {}, tmp_path / "overlay.mp4")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_none_of_these_says_what_it_is_most_like(tmp_path):
    told = genre_text(genre(known=0.2))
    assert told.none and told.best == NONE and told.like == "salsa" and told.bars[0] == ("salsa", pytest.approx(0.7), 0)
    html = page(tmp_path, genre(known=0.2))
    assert f"{NONE} <small>most like salsa</small>" in html and "20 % sure" in html


def test_overlapping_segments_become_one_strip():
    parts = [(0, 5, (1, 0, 0), 0.9), (2.5, 7.5, (0.8, 0.2, 0), 0.9), (5, 10, (0, 1, 0), 0.9), (12, 17, (0, 1, 0), 0.1)]
    strip = genre_text(genre(segments=tuple(Segment(*part) for part in parts))).strip
    assert [(s.start, s.stop, s.best, s.colour) for s in strip] == [
        (0, 5, "salsa", 0), (5, 10, "modern", 1), (12, 17, NONE, -1),
    ]  # fmt: skip
    assert strip[0].prob == pytest.approx((1 + 0.9) / 2) and strip[1].prob == pytest.approx((0.6 + 1) / 2)
    assert strip[2].prob == pytest.approx(0.9), "as sure as it is unknown"


def test_a_reason_has_part_movement_time_and_fall(tmp_path):
    pieces = (Evidence("hips.sway", 1.0, 3.5, 0.2), Evidence("l_arm.raise_side", 0.0, 1.0, 0.05))
    first, second = genre_text(genre(evidence=pieces)).reasons
    assert (first.part, first.share, second.share) == ("hips", 1.0, 0.25) and first.what.islower()
    html = page(tmp_path, genre(evidence=pieces))
    assert 'data-seek="1.000"' in html and "−20.0</b>" in html and "1.0–3.5 s" in html
    assert "No single movement decided it." in page(tmp_path, genre())


def test_dancers_vote_by_their_weight(tmp_path):
    pair = (genre((0.9, 0.1, 0), weight=0.25, known=0.9), genre((0, 1, 0), weight=0.75, known=0.8))
    clip = clip_genre(dancers(*pair))
    assert clip.best == "modern" and clip.prob[1] == pytest.approx(0.775) and clip.known == pytest.approx(0.825)
    html = page(tmp_path, *pair)
    assert "Together: modern" in html and "75 %" in html
    assert "Together" not in page(tmp_path, pair[0])


def test_runs_from_before_weights_and_segments_still_show(tmp_path):
    clip = clip_genre(dancers(genre(), genre((0.1, 0.8, 0.1))))
    assert clip.prob[0] == pytest.approx(0.4) and clip.known == 1, "each dancer counts alike"
    assert "Over time" not in page(tmp_path, genre(), genre())
    assert clip_genre([]) is None
