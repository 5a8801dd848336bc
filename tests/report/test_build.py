"""The HTML report: one file, valid, safe, with the numbers that the artefacts hold."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer
from pages import Page

from dance3d.contracts import Crossing, Music, Repeat, Rhythm
from dance3d.io.world_frame import scene_origin, to_world
from dance3d.movement_types import NAMES, WORD_NAMES, WORDS
from dance3d.report import build
from dance3d.report.body_rows import ROWS

HOSTILE = '</script><script>alert("1")</script><img src=x onerror=alert(2)> & ö.mp4'


def report(tmp_path, clip, dancers, info=None, overlay=b"not really a video"):
    """The page of a report whose overlay has these bytes."""
    (tmp_path / "overlay.mp4").write_bytes(overlay)
    build.write_report(tmp_path / "report.html", clip, dancers, info or {}, tmp_path / "overlay.mp4")
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def films(page):
    """The pieces of the film inside a page."""
    return [base64.b64decode(text) for attrs, text in page.scripts if "data-film" in attrs]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_page_is_whole_and_needs_nothing_from_outside(tmp_path, count):
    clip = fake_clip(1)
    dancers = [fake_dancer(clip.time, person=p + 1) for p in range(count)]
    page = report(tmp_path, clip, dancers)
    links = [value for _, name, value in page.attributes if name in ("src", "href")]
    assert not [link for link in links if "//" in link or link.startswith("/")]
    assert "link" not in page.tags and "img" not in page.tags
    policy = next(v for tag, name, v in page.attributes if tag == "meta" and name == "content" and "default-src" in v)
    assert "default-src 'none'" in policy and "http" not in policy
    text = " ".join(page.texts)
    assert ("Nobody was found" in text) == (count == 0)
    assert [f"Dancer {p + 1}: movements" in text for p in range(3)] == [count == 3] * 3
    assert b"".join(films(page)) == b"not really a video"


def test_the_viewer_gets_the_poses_to_the_millimetre(tmp_path):
    clip = fake_clip(1)
    dancer = fake_dancer(clip.time, missing=[3, 4])
    page = report(tmp_path, clip, [dancer])
    data = page.data()
    packed = data["dancers"][0]
    xyz = page.series(packed["xyz"], "<i2", 51).reshape(-1, 17, 3)
    world = to_world(dancer.pose, scene_origin([dancer.pose]))
    missing = np.isnan(world)
    assert (xyz[missing] == data["missing"]).all() and missing[3:5].all()
    assert np.abs(xyz[~missing] * packed["unit"] - world[~missing]).max() <= 5.1e-4
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(data["time"]), "<f8"), clip.time)
    state = page.series(packed["state"], "u1")
    assert state[3] == 0 and state[10] == 2 and len(state) == 25


def test_beats_of_the_music_are_on_the_timeline_and_every_rest_against_them(tmp_path):
    clip = fake_clip(6)
    plain = fake_dancer(clip.time)
    beats = tuple(0.5 * beat for beat in range(1, 11))
    heard = Rhythm(120, 0.9, tuple(beat + 0.05 for beat in beats), music=Music(120, 0.9, beats))
    page = report(tmp_path, clip, [replace(plain, movements=replace(plain.movements, rhythm=heard))])
    text = " ".join(page.texts)
    assert "Against the music" in text and "Rests 50 ms after the beat" in text
    assert page.data()["dancers"][0]["music"] == list(beats)
    html = (tmp_path / "report.html").read_text()
    assert 'title="0.55 s: 50 ms late"' in html and html.count("ms late") == 10
    silent = report(tmp_path, clip, [replace(plain, movements=replace(plain.movements, rhythm=Rhythm(120, 0.9)))])
    assert "Against the music" not in " ".join(silent.texts) and silent.data()["dancers"][0]["music"] == []


def test_words_are_what_is_shown_first_and_trusted_types_are_behind_them(tmp_path):
    clip = fake_clip(2)
    dancer = fake_dancer(clip.time)
    prob, trusted = np.zeros_like(dancer.movements.prob), np.ones(len(NAMES), bool)
    for name in ("l_arm.raise_side", "l_arm.raise_forward", "body.spin"):
        prob[10:30, NAMES.index(name)] = 0.9
    trusted[NAMES.index("l_arm.raise_forward")] = False
    page = report(tmp_path, clip, [replace(dancer, movements=replace(dancer.movements, prob=prob, trusted=trusted))])
    data = page.data()
    one, two = data["dancers"][0]["words"]
    assert one == [WORD_NAMES.index("raise_left_arm"), 10, 30, 90] and two == [WORD_NAMES.index("spin"), 10, 30, 90]
    row, title, side, sentence, *types = data["words"][one[0]]
    assert (data["rows"][row]["title"], title, side) == ("left arm", "raise left arm", "left")
    assert sentence.startswith("The left arm goes up") and NAMES.index("l_arm.raise_side") in types
    assert [NAMES[run[0]] for run in data["dancers"][0]["runs"]] == ["l_arm.raise_side", "body.spin"]
    assert {(a, v) for _, a, v in page.attributes if a in ("data-detail", "data-legend")} >= {("data-legend", "detail")}


def test_a_users_own_type_is_among_the_words(tmp_path):
    clip = fake_clip(1)
    dancer = fake_dancer(clip.time)
    own = np.full((25, 1), 0.9)
    moves = replace(dancer.movements, prob=0 * dancer.movements.prob, own=own, own_names=("l_arm.salute",))
    data = report(tmp_path, clip, [replace(dancer, movements=moves)]).data()
    assert data["dancers"][0]["words"] == [[len(WORDS), 0, 25, 90]]
    assert data["words"][-1] == [ROWS.index("left arm"), "left arm: salute", "left", "", len(NAMES)]


def test_the_rhythm_is_told_and_its_beats_are_on_the_timeline(tmp_path):
    clip = fake_clip(2)
    plain = fake_dancer(clip.time)
    rhythm = Rhythm(96.2, 0.9, (0.5, 1.125), (Repeat(0.1, 0.9, 1.0, 0.97), Repeat(0.2, 1.4, 0.5, 0.9)))
    page = report(tmp_path, clip, [replace(plain, movements=replace(plain.movements, rhythm=rhythm))])
    text = " ".join(page.texts)
    assert "96 beats per minute" in text and "comes again" in text and "over and over, every 0.5 s" in text
    assert {"0.100", "1.100", "0.200"} <= {value for _, name, value in page.attributes if name == "data-seek"}
    assert page.data()["dancers"][0]["beats"] == [0.5, 1.125]
    page = report(tmp_path, clip, [plain])
    assert "beats per minute" not in " ".join(page.texts) and page.data()["dancers"][0]["beats"] == []


def test_hostile_names_stay_text(tmp_path):
    clip = fake_clip(0.2)
    dancer = fake_dancer(clip.time, classes=(HOSTILE, "b", "c"))
    info = {"name": HOSTILE, "sha256": "0" * 64, "warnings": [HOSTILE], "stages": [{"stage": HOSTILE, "key": HOSTILE}]}
    page = report(tmp_path, clip, [dancer], info)
    assert "img" not in page.tags and page.tags.count("script") == 2 + len(build.SCRIPTS)
    assert any(HOSTILE in text for text in page.texts)


def cross(dancers, first, second, start, sure):
    """The same dancers, two of whom overlap for half a second."""
    found = []
    for d in dancers:
        other = {first: second, second: first}.get(d.person)
        more = () if other is None else (Crossing(start, start + 0.5, other, sure),)
        found.append(replace(d, keypoints=replace(d.keypoints, crossings=(*d.keypoints.crossings, *more))))
    return found


def named(dancer, name):
    return replace(dancer, keypoints=replace(dancer.keypoints, name=name))


def test_doubtful_crossings_are_said_once_with_what_to_do(tmp_path):
    clip = fake_clip(4)
    dancers = [fake_dancer(clip.time, person=p) for p in (1, 2, 3)]
    dancers = cross(cross(dancers, 3, 1, 2.0, 0.621), 2, 3, 1.0, 0.9)
    page = report(tmp_path, clip, [dancers[0], dancers[1], named(dancers[2], HOSTILE)])
    text = " ".join(" ".join(page.texts).split())
    assert f"identities uncertain from 2.0 s: dancers 1 and 3 ({HOSTILE}) overlapped (sure 0.62)" in text
    assert text.count("identities uncertain from") == 1 and "dance3d tracks swap OUT 1 3 --at 2.50" in text
    assert ("button", "data-seek", "2.000") in page.attributes and "img" not in page.tags
    first, _, third = page.data()["dancers"]
    assert first["crossings"] == [[2.0, 2.5, 3, 0.62, True]] and third["name"] == HOSTILE
    assert third["crossings"][1] == [1.0, 1.5, 2, 0.9, False]


def test_no_doubt_no_word_of_it(tmp_path):
    clip = fake_clip(4)
    page = report(tmp_path, clip, cross([fake_dancer(clip.time, person=p) for p in (1, 2)], 1, 2, 1.0, 0.8))
    assert "not sure" not in " ".join(page.texts)


def test_many_doubts_are_folded_away_and_eight_dancers_have_eight_colours(tmp_path):
    clip = fake_clip(1)
    dancers = [fake_dancer(clip.time, person=p) for p in range(1, 9)]
    for k in range(7):
        dancers = cross(dancers, k + 1, k + 2, k / 10, 0.5)
    page = report(tmp_path, clip, [*dancers[:7], named(dancers[7], "Zoë")], {"edits": ["3 is part of 1"]})
    text = " ".join(page.texts)
    assert "Show all 7" in text and "Zoë: movements" in text and "put right by hand: 3 is part of 1." in text
    assert len({d["colour"] for d in page.data()["dancers"]}) == 8
    assert [value for _, name, value in page.attributes if name == "href" and value.startswith("person-8/")]


def test_a_large_overlay_stays_beside_the_report(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "EMBED", 10)
    page = report(tmp_path, fake_clip(0.2), [], overlay=b"more than ten bytes")
    assert ("video", "src", "overlay.mp4") in page.attributes
    assert films(page) == []


def test_stages_and_warnings_are_shown(tmp_path):
    stages = [
        {"stage": "lift", "key": "abcdef0123456789", "cached": False, "seconds": 1.234},
        {"stage": "motion", "key": "bb", "cached": True, "seconds": 0.0},
    ]
    page = report(tmp_path, fake_clip(0.2), [], {"stages": stages, "warnings": ["the end is cut off"]})
    text = " ".join(page.texts)
    assert "1.23" in text and "abcdef012345" in text and "from cache" in text and "the end is cut off" in text
    page = report(tmp_path, fake_clip(0.2), [], {"stages": [{"stage": "lift", "key": "abc"}]})
    assert "Seconds" not in page.text and "abc" in page.text


def test_one_frame_in_which_nobody_is_seen(tmp_path):
    clip = fake_clip(0.02)
    page = report(tmp_path, clip, [fake_dancer(clip.time, missing=[0])])
    assert "No 3D body" in " ".join(page.texts) and page.data()["dancers"][0]["runs"] == []


def test_equal_results_give_equal_reports(tmp_path):
    pages = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        clip = fake_clip(0.5)
        report(tmp_path / name, clip, [fake_dancer(clip.time)])
        pages.append((tmp_path / name / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_shots_are_lines_on_the_timeline_and_a_note(tmp_path):
    clip = replace(fake_clip(2), shots=(0, 20, 45))
    page = report(tmp_path, clip, [fake_dancer(clip.time)])
    assert page.data()["shots"] == [round(float(clip.time[20]), 3), round(float(clip.time[45]), 3)]
    assert f"3 shots, with cuts at {clip.time[20]:.1f}, {clip.time[45]:.1f} s" in " ".join(page.texts)
    page = report(tmp_path, fake_clip(2), [fake_dancer(clip.time)])
    assert page.data()["shots"] == [] and "shots, with cuts" not in " ".join(page.texts)


def test_a_single_file_holds_a_large_film_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "EMBED", 10)
    monkeypatch.setattr("dance3d.report.page.FILM_PIECE", 8)
    film = b"more than ten bytes"
    (tmp_path / "overlay.mp4").write_bytes(film)
    build.write_report(tmp_path / "report.html", fake_clip(0.2), [], {"single_file": True}, tmp_path / "overlay.mp4")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [len(piece) for piece in films(page)] == [8, 8, 3] and b"".join(films(page)) == film
    assert not [value for tag, name, value in page.attributes if (tag, name) == ("video", "src")]


def test_less_sure_words_come_too_and_the_slider_begins_where_they_are_right(tmp_path):
    clip = fake_clip(2)
    dancer = fake_dancer(clip.time)
    words = np.zeros((clip.frames, len(WORDS)), np.float32)
    words[10:30, WORD_NAMES.index("spin")] = 0.4
    moves = replace(dancer.movements, words=words, words_least=np.full(len(WORDS), 0.2, np.float32))
    page = report(tmp_path, clip, [replace(dancer, movements=moves)])
    data = page.data()
    assert [run[3] < data["sure"] == 80 for run in data["dancers"][0]["words"]] == [True]
    assert ("input", "value", "80") in page.attributes and data["right"][0] == [80, 90]


def test_the_summary_stands_above_the_video_and_the_genre_above_the_timeline(tmp_path):
    clip = fake_clip(4)
    report(tmp_path, clip, [fake_dancer(clip.time)])
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    places = [html.index(mark) for mark in ("In short", "<video", 'class="card genre"', "data-told", "data-curves")]
    assert places == sorted(places)


def test_three_minutes_of_two_dancers_are_under_three_megabytes_beside_the_film(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "EMBED", 1)
    clip = fake_clip(180, fps=30.0)
    report(tmp_path, clip, [fake_dancer(clip.time, person=p) for p in (1, 2)])
    assert (tmp_path / "report.html").stat().st_size < 3_000_000
