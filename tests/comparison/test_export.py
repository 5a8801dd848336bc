from dataclasses import replace

import dance_pairs as make
import pytest
from compared_dances import dancer, make_xyz

from dance3d.comparison import export
from dance3d.comparison.compare import compare
from dance3d.contracts import Music, Rhythm


@pytest.fixture(scope="module")
def xyz():
    return make_xyz()


def test_a_copy_is_the_same_in_every_number(xyz):
    found = compare(dancer(xyz), dancer(xyz))
    said = export.summary(found)
    assert said["similarity"] == 100 and said["degrees"] == {"aligned": 0, "same_clock": 0}
    assert (said["warp"]["tempo"], said["warp"]["shift"], said["warp"]["wander"]) == (1, 0, 0)
    assert said["moments"] == said["movements"] == said["notes"] == []
    late = [row["late"] for row in said["parts"] if row["late"] is not None]
    assert late and set(late) == {0}
    assert (said["a"]["name"], said["b"]["name"]) == ("x (A)", "x (B)")


def to_music(dance, late, music=None):
    """The dancer with rests so long after the beats of music, seconds."""
    beats = tuple(0.5 * beat for beat in range(1, 16))
    music = Music(120, 0.95, beats) if music is None else music
    rhythm = Rhythm(120, 0.9, tuple(beat + late for beat in beats), music=music)
    return replace(dance, movements=replace(dance.movements, rhythm=rhythm))


def test_both_are_held_against_the_music(xyz):
    teacher, student = to_music(dancer(xyz), -0.02), to_music(dancer(xyz), 0.08)
    heard = export.summary(compare(teacher, student))["music"]
    assert heard["a"] == {"music": 120, "late": -0.02, "spread": 0, "share": 1, "text": "rests 20 ms before the beat"}
    assert heard["b"]["text"] == "rests 80 ms after the beat" and heard["late"] == pytest.approx(0.1)


def test_what_has_no_beat_is_said_and_silent_clips_say_nothing(xyz):
    teacher = to_music(dancer(xyz), 0.0)
    speech, slow = to_music(dancer(xyz), 0.0, Music(100, 0.1)), to_music(dancer(xyz), 0.0)
    slow = replace(slow, movements=replace(slow.movements, rhythm=replace(slow.movements.rhythm, beats=(1.0,))))
    said = [export.summary(compare(teacher, other))["music"] for other in (dancer(xyz), speech, slow)]
    assert [one["b"]["text"] for one in said] == ["no sound", "no steady beat in the sound", "no steady beat"]
    assert all(one["late"] is None and one["a"]["text"] == "rests on the beat" for one in said)
    assert "music" not in export.summary(compare(dancer(xyz), dancer(xyz)))


def test_the_page_says_who_is_later_against_the_music(xyz, tmp_path):
    found = compare(to_music(dancer(xyz), -0.02), to_music(dancer(xyz), 0.08))
    page = export.write(found, tmp_path / "out").read_text()
    assert "Against the music B rests 100 ms later than A." in page and "rests 80 ms after the beat" in page


def test_movements_that_one_makes_and_the_other_does_not(xyz):
    both = {"r_leg.kick": (5.0, 5.5)}
    slow = make.retimed(xyz, 0.8)
    a = dancer(xyz, {**both, "l_arm.raise_side": (2.0, 3.0)})
    b = dancer(slow, {"r_leg.kick": (6.25, 6.9), "head.bob": (3.0, 4.0)})
    rows = export.summary(compare(a, b))["movements"]
    assert [(row["who"], row["movement"]) for row in rows] == [("a", "l_arm.raise_side"), ("b", "head.bob")]
    assert rows[0]["other_start"] == pytest.approx(2.5, abs=0.06) and rows[1]["other_start"] == pytest.approx(
        2.4, abs=0.06
    )
