"""The page of a comparison: one file, valid, safe, with the numbers that the comparison holds."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from pages import Page

from dance3d.movement_types import PARTS
from dance3d.report import compare
from dance3d.report.compare import ComparisonRows, write_comparison

HOSTILE = '</script><script>alert("1")</script><img src=x onerror=alert(2)> & ö'
ROWS = 40


def said(**more):
    """What a comparison says, as small as it may be."""
    rows = [
        {"part": part, "degrees": 12.0, "worst": 30.0, "same_clock": 20.0, "seen": 1.0, "late": None, "late_sure": 0.0,
         "late_local": []}
        for part in PARTS
    ]  # fmt: skip
    rows[3] |= {"degrees": 40.4, "late": 0.21}
    rows[4] |= {"late": -0.333}
    rows[5] |= {"degrees": None, "worst": None, "same_clock": None, "seen": 0.0}
    return {
        "schema": "dance3d.comparison/1", "a": {"name": "teacher"}, "b": {"name": "student"}, "mirror": False,
        "one_clip": False,
        "similarity": 43.5, "degrees": {"aligned": 12.03, "same_clock": 20.0},
        "warp": {"a": [0, 1], "b": [0, 1], "shift": 0, "tempo": 0.914, "wander": 0.1, "confidence": 0.8, "path": []},
        "parts": rows, "angles": [{"angle": "left_elbow", "difference": -13.2, "degrees": 15.0}], "notes": [],
        "moments": [{"part": "l_arm", "start": 1.0, "stop": 2.0, "b_start": 1.1, "b_stop": 2.2, "degrees": 41.0,
                     "how": "higher"}],
        "movements": [{"who": "b", "movement": "r_leg.kick", "start": 3.0, "stop": 3.5, "other_start": 2.5,
                       "other_stop": 2.9, "prob": 0.8}],
    } | more  # fmt: skip


def scene(videos=(None, None)):
    """Two bodies that drift apart, one row unseen."""
    time = np.stack([np.arange(ROWS) / 30, 5 + np.arange(ROWS) / 25])
    bodies = np.random.default_rng(0).normal(0, 0.5, (2, ROWS, 17, 3))
    bodies[1, 7, 3] = np.nan
    degrees = np.tile(np.linspace(0, 60, ROWS)[:, None], (1, len(PARTS)))
    degrees[7] = np.nan
    return ComparisonRows(time, bodies, degrees, videos)


def page(tmp_path, content=None, view=None, links=("", "")):
    path = tmp_path / "compare.html"
    write_comparison(path, content or said(), view or scene(), links)
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_is_whole_and_needs_nothing_from_outside(tmp_path):
    found = page(tmp_path)
    links = [value for _, name, value in found.attributes if name in ("src", "href")]
    assert sorted(links) == ["comparison.csv", "comparison.json"] and not {"link", "img"} & set(found.tags)
    policy = next(v for _, name, v in found.attributes if name == "content" and "default-src" in v)
    assert "default-src 'none'" in policy and "http" not in policy
    assert "video" not in found.tags and ("canvas", "data-alone", "a") in found.attributes


def test_the_numbers_stand_on_the_page(tmp_path):
    text = page(tmp_path).text
    for words in (
        "44 similarity, of 100", "12.0° apart once aligned", "20.0° apart on the same clock", "× 0.91 B's tempo",
        "80 % confidence", "left arm 40° 0.21 s late", "right arm 12° 0.33 s early", "left forearm not seen",
        "left elbow 13° more bent", "1.0–2.0 s left arm: B's is higher 41°", "2.5 s right leg: kick 80 %",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("No movement that the other does not make") == 1


def test_the_scripts_get_every_row(tmp_path):
    view = scene()
    data = page(tmp_path, view=view).data()
    assert data["rows"] == ROWS and [part["name"] for part in data["parts"]] == list(PARTS)
    for k in (0, 1):
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(data["time"][k]), "<f8"), view.time[k])
        body = np.frombuffer(base64.b64decode(data["bodies"][k]), "<i2").reshape(ROWS, 17, 3)
        gone = np.isnan(view.bodies[k])
        assert (body[gone] == data["missing"]).all()
        assert np.abs(body[~gone] * data["unit"] - view.bodies[k][~gone]).max() <= 5.1e-4
    degrees = np.frombuffer(base64.b64decode(data["degrees"]), "u1").reshape(ROWS, len(PARTS))
    assert (degrees[7] == 255).all() and degrees[-1, 0] == 60 and degrees[0, 0] == 0


def test_moments_and_movements_lead_to_their_time_on_a_s_clock(tmp_path):
    seeks = [value for _, name, value in page(tmp_path).attributes if name == "data-seek"]
    assert seeks == ["1.500", "2.500"]


def test_hostile_names_stay_text(tmp_path):
    content = said(a={"name": HOSTILE}, b={"name": HOSTILE}, notes=[HOSTILE])
    found = page(tmp_path, content)
    assert "img" not in found.tags and found.tags.count("script") == 7 and HOSTILE in found.text


@pytest.mark.parametrize("limit", [1000, 5])
def test_videos_are_inside_or_beside(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(compare, "EMBED", limit)
    videos = tmp_path / "a.mp4", tmp_path / "b.mp4"
    for video in videos:
        video.write_bytes(b"not a video " + video.name.encode())
    found = page(tmp_path, view=scene(videos), links=("a.mp4", "b.mp4"))
    sources = [value for tag, name, value in found.attributes if (tag, name) == ("video", "src")]
    inside = [base64.b64decode(found.script(f"movie-{side}")) for side in "ab"]
    assert sources == ([] if limit == 1000 else ["a.mp4", "b.mp4"])
    assert inside == ([b"not a video a.mp4", b"not a video b.mp4"] if limit == 1000 else [b"", b""])


def test_a_single_file_holds_both_videos_however_large(tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "EMBED", 5)
    videos = tmp_path / "a.mp4", tmp_path / "b.mp4"
    for video in videos:
        video.write_bytes(b"not a video " + video.name.encode())
    found = page(tmp_path, view=replace(scene(videos), single_file=True), links=("a.mp4", "b.mp4"))
    assert [base64.b64decode(found.script(f"movie-{side}")) for side in "ab"] == [v.read_bytes() for v in videos]
    assert not [value for tag, name, value in found.attributes if (tag, name) == ("video", "src")]


def test_two_dancers_of_one_clip_share_its_video(tmp_path):
    video = tmp_path / "v.mp4"
    video.write_bytes(b"one video")
    found = page(tmp_path, view=scene((video, video)), links=("v.mp4", "v.mp4"))
    assert base64.b64decode(found.script("movie-a")) == b"one video" and found.script("movie-b") == "a"


def test_many_movements_are_folded_away_and_nothing_to_compare_is_said(tmp_path):
    row = said()["movements"][0]
    assert "28 more" in page(tmp_path, said(movements=[row] * 40)).text
    nothing = said(similarity=None, degrees={"aligned": None, "same_clock": None}, moments=[], movements=[])
    assert "Nothing could be compared" in page(tmp_path, nothing).text
