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


def verdict(html):
    return html.partition('<p class="verdict">')[2].partition("</p>")[0]


def test_the_answer_is_graded_and_only_what_is_named_has_a_number(tmp_path):
    pieces = (Evidence("hips.sway", 1.0, 3.5, 0.2),)
    for known, grade, said in ((0.2, "none", NONE), (0.5, "like", "like salsa"), (1.0, "named", "salsa")):
        one = genre(known=known, least=(0.4, 0.6), evidence=pieces)
        told = genre_text(one)
        assert (told.grade, told.text) == (grade, said) and told.bars[0] == ("salsa", pytest.approx(0.7), 0)
        html = page(tmp_path, one)
        assert verdict(html) == said + (" <small>70 % sure</small>" if grade == "named" else "")
        assert ("If it had to be one of them" in html) == (grade == "none") == ("look like salsa" not in html)
        assert html.index("<details><summary>") < html.index('<ol class="bars">'), (
            "numbers of all classes are folded away"
        )


def test_overlapping_segments_become_one_strip():
    parts = [(0, 5, (1, 0, 0), 0.9), (2.5, 7.5, (0.8, 0.2, 0), 0.9), (5, 10, (0, 1, 0), 0.9), (12, 17, (0, 1, 0), 0.1)]
    strip = genre_text(genre(segments=tuple(Segment(*part) for part in parts))).strip
    assert [(s.start, s.stop, s.text, s.colour) for s in strip] == [
        (0, 5, "salsa", 0), (5, 10, "modern", 1), (12, 17, NONE, -1),
    ]  # fmt: skip
    assert strip[0].sure == pytest.approx(0.9 * (1 + 0.9) / 2) and strip[1].sure == pytest.approx(0.9 * (0.6 + 1) / 2)
    assert strip[2].sure == pytest.approx(0.9), "as sure as it is unknown"


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
