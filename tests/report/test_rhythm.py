import numpy as np

from dance3d.contracts import Music, Repeat, Rhythm
from dance3d.report.rhythm import rhythm_text


def test_words_for_a_rhythm():
    assert rhythm_text(None) is None
    nothing = rhythm_text(Rhythm())
    assert nothing.headline == "No steady beat" and "never rests" in nothing.text
    assert rhythm_text(Rhythm(120, 0.4)).headline == "No steady beat"
    found = rhythm_text(Rhythm(120, 0.6, (1.0, 2.0), (Repeat(0, 4, 8, 0.97), Repeat(0, 9, 3, 0.85))))
    assert found.headline == "120 beats per minute" and found.perhaps and "rest 2 times" in found.text
    assert [(p.start, p.stop, p.again, p.words) for p in found.phrases] == [
        (0, 4, 8, "the same"),
        (0, 12, None, "over and over, every 3.0 s, alike"),
    ]
    assert not rhythm_text(Rhythm(120, 0.9)).perhaps


BEATS = tuple(np.arange(0.5, 9, 0.5).tolist())


def against(late, music=None):
    music = Music(120, 0.95, BEATS) if music is None else music
    return rhythm_text(Rhythm(120, 0.9, tuple(beat + late for beat in BEATS), music=music)).music


def test_words_for_early_late_and_on_the_beat():
    assert rhythm_text(Rhythm(120, 0.9)).music is None
    late = against(0.06)
    assert late.headline == "Rests 60 ms after the beat" and "give or take 0 ms" in late.text
    assert "120 beats per minute" in late.text and "rest once a beat" in late.text
    assert "17 rests 100% are within 70 ms of the beat (28% would be by chance)" in late.text
    assert against(-0.06).headline == "Rests 60 ms before the beat"
    assert against(0.015).headline == "Rests on the beat"
    assert "between two" in against(0.24).headline
    first = late.dots[0]
    assert first[0] == 0.56 and first[2] == 0 and late.dots[-1][2] == 100
    np.testing.assert_allclose([first[1], first[3], late.band], [0.06, 65, 17.5])


def test_no_steady_beat_is_said_of_the_one_that_has_none():
    assert against(0, Music(110, 0.2)).headline == "No steady beat in the sound"
    broken = against(0, Music(note="the beat of the sound is not known: there is no decoder for it"))
    assert broken.headline == "The music is not known" and broken.text.startswith("The beat of the sound is not known")
    still = rhythm_text(Rhythm(0, 0, (1.0,), music=Music(120, 0.95, BEATS))).music
    assert still.headline.startswith("No steady beat of the body") and "rests 1 time in it, too seldom" in still.text
    rng = np.random.default_rng(3)
    free = rhythm_text(Rhythm(0, 0, tuple(np.sort(rng.uniform(0, 9, 20))), music=Music(120, 0.95, BEATS))).music
    assert "no more on the beat than by chance" in free.text and not free.dots
