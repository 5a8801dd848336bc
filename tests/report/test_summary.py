from dataclasses import replace

from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Crossing, Music, Rhythm
from dance3d.report.quality import Note
from dance3d.report.summary import length_text, summary_text


def told(clip, dancers, notes=None):
    """The sentences as one text."""
    return " ".join(summary_text(clip, dancers, notes or {}).sentences)


def genre(dancer, **change):
    return replace(dancer, genre=replace(dancer.genre, **change))


def test_lengths_are_words():
    assert [length_text(s) for s in (2.25, 60, 61, 185)] == [
        "2.2 seconds",
        "1 minute",
        "1 minute 1 second",
        "3 minutes 5 seconds",
    ]


def test_who_and_for_how_long():
    clip = fake_clip(4)
    assert told(clip, []) == "Nobody was found in 4.0 seconds of video."
    whole, half = fake_dancer(clip.time), fake_dancer(clip.time, person=2, missing=range(50))
    assert told(clip, [whole]).startswith("One dancer in 4.0 seconds of video, in sight all the time.")
    assert "Two dancers" in told(clip, [whole, half]) and "dancer 2 for 50%" in told(clip, [whole, half])


def test_a_dance_is_named_is_like_one_or_is_none():
    clip = fake_clip(1)
    dancer = fake_dancer(clip.time)
    name = dancer.genre.likeliest
    assert f"The dance is {name}, " in told(clip, [genre(dancer, least=(0.0, 0.0))])
    assert f"most like {name}, but not surely that" in told(clip, [genre(dancer, least=(0.0, 1.0))])
    none = told(clip, [genre(dancer, known=0.1, least=(0.5, 0.5))])
    assert "none of those" in none and "%" not in none


def test_the_tempo_of_body_and_music():
    clip = fake_clip(6)
    dancer = fake_dancer(clip.time)
    beats = tuple(0.5 * beat for beat in range(1, 11))
    heard = Rhythm(120, 0.9, tuple(beat + 0.05 for beat in beats), music=Music(120, 0.9, beats))
    one = replace(dancer, movements=replace(dancer.movements, rhythm=heard))
    assert "Tempo: 120 beats per minute; the music has 120, and the body rests 50 ms after the beat." in told(
        clip, [one]
    )
    still = [
        replace(fake_dancer(clip.time, person=p), movements=replace(dancer.movements, rhythm=Rhythm())) for p in (1, 2)
    ]
    assert told(clip, still).count("no steady beat") == 1


def test_what_not_to_trust_begins_with_the_worst():
    clip = fake_clip(2)
    dancers = [fake_dancer(clip.time, person=p) for p in (1, 2)]
    one = dancers[0]
    dancers[0] = replace(one, keypoints=replace(one.keypoints, crossings=(Crossing(0.5, 1.0, 2, 0.5),)))
    notes = {0: [Note("fair", "Damage", "two")], 2: [Note("poor", "Floor", "one"), Note("good", "Fit", "no")]}
    who, floor, damage = summary_text(clip, dancers, notes).beware
    assert who.startswith("Who is who") and (floor, damage) == ("Dancer 2, floor: one", "Damage: two")
