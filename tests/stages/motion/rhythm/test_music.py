"""Tempo and beats of made-up sound."""

import numpy as np
import pytest

from dance3d.contracts import Music
from dance3d.stages.motion.rhythm.music import PER_SECOND, music, onset_strength
from dance3d.synth.drum_track import KINDS, RATE, as_samples, babble, drum_track, noise


def heard(kind, bpm, seconds=10.0, first=0.37, seed=0):
    beats = np.arange(first, seconds, 60 / bpm)
    return beats, music(as_samples(drum_track(kind, beats, seconds, seed)), RATE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bpm", [60, 97, 128, 180])
def test_beats_are_right_within_ten_milliseconds(kind, bpm):
    beats, found = heard(kind, bpm)
    assert found.sure > 0.95
    ratio = found.tempo / bpm
    assert min(abs(ratio - octave) for octave in (0.5, 1, 2)) < 0.02
    grid = beats if ratio < 1.5 else np.sort([*beats - 30 / bpm, *beats, beats[-1] + 30 / bpm])
    off = np.array([beat - grid[np.abs(grid - beat).argmin()] for beat in found.beats])
    assert np.abs(off).max() < 0.03 and abs(np.median(off)) < 0.01
    assert len(found.beats) >= ratio * (len(beats) - 2) - 1


def test_onsets_lie_where_the_clicks_are():
    sound = np.zeros(2 * RATE)
    for at in (0.5, 0.75, 1.6):
        sound[round(at * RATE) : round(at * RATE) + 80] = np.sin(np.arange(80))
    onset = onset_strength(as_samples(sound), RATE)
    peaks = np.flatnonzero((onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] > 0.3 * onset.max()))
    np.testing.assert_allclose((peaks + 1) / PER_SECOND, [0.5, 0.75, 1.6], atol=0.011)


@pytest.mark.parametrize("made", [noise, babble])
def test_speech_and_noise_have_no_beat(made):
    found = [music(as_samples(made(20.0, seed)), RATE) for seed in range(6)]
    assert sum(bool(one.beats) for one in found) == 0


@pytest.mark.parametrize("samples", [0, 1, 7, 100, RATE // 4, RATE])
def test_silence_and_short_sound_have_no_beat(samples):
    assert music(np.zeros(samples, np.int16), RATE) == Music()
    assert not music(as_samples(noise(samples / RATE, 0)), RATE).beats


def test_loudness_does_not_matter():
    sound = drum_track("drums", np.arange(0.2, 8, 0.5), 8.0, 0)
    loud, soft = (music(as_samples(sound) // by, RATE) for by in (1, 30))
    np.testing.assert_allclose(loud.beats, soft.beats, atol=0.006)


def test_beats_stop_where_the_music_stops():
    sound = drum_track("drums", np.arange(3.0, 9.0, 0.5), 12.0, 0)
    found = music(as_samples(sound), RATE)
    assert 2.9 < found.beats[0] and found.beats[-1] < 9.1
