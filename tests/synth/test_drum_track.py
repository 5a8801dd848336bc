import numpy as np
import pytest

from dance3d.synth.drum_track import KINDS, RATE, as_samples, babble, drum_track, noise


@pytest.mark.parametrize("kind", KINDS)
def test_something_begins_at_every_beat(kind):
    beats = np.arange(0.3, 4, 0.5)
    sound = np.abs(drum_track(kind, beats, 4.0, 0))
    assert len(sound) == 4 * RATE
    for beat in beats:
        at = round(beat * RATE)
        before, behind = sound[at - 400 : at - 100].mean(), sound[at : at + 300].mean()
        assert behind > 2 * before


def test_the_same_seed_sounds_the_same_and_another_does_not():
    beats = np.arange(0, 2, 0.5)
    one, same, other = (drum_track("band", beats, 2.0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_samples_fill_their_range():
    for sound in (noise(1, 0), babble(3, 0), drum_track("clicks", np.arange(0, 1, 0.5), 1, 0)):
        assert as_samples(sound).dtype == np.int16
        assert np.abs(as_samples(sound).astype(int)).max() == pytest.approx(0.8 * 32767, abs=1)
    assert not as_samples(np.zeros(9)).any()
