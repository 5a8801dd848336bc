from dance3d.contracts import Repeat, Rhythm
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
