import pytest

from dance3d.contracts import Music, Repeat, Rhythm


def test_a_rhythm_from_a_file_has_its_parts_back():
    found = Rhythm(120, 0.9, [1, 2], ({"start": 0, "stop": 3, "later": 4, "alike": 0.9},), {"tempo": 90, "sure": 1})
    assert found.beats == (1.0, 2.0) and found.repeats == (Repeat(0, 3, 4, 0.9),) and found.music == Music(90, 1)
    assert Rhythm().music is None and Music(beats=[1]).beats == (1.0,)


@pytest.mark.parametrize("kind", [Music, Rhythm])
def test_a_tempo_that_cannot_be_is_refused(kind):
    for tempo, sure in ((-1, 0.5), (float("nan"), 0.5), (100, 1.5)):
        with pytest.raises(ValueError, match=f"{kind.__name__} has tempo"):
            kind(tempo, sure)
