"""Made-up clips whose dancer rests a known time after the beat come out right within 20 ms."""

import numpy as np
import pytest

from dance3d.benchmarks.motion.on_beat import WRAPPINGS, against, cases, dancer, make
from dance3d.stages.motion.rhythm.music import music
from dance3d.synth.drum_track import KINDS, RATE

TRIED = list(cases((60, 105, 180), (-0.12, 0.0, 0.12)))


def test_cases_are_of_every_kind():
    every = list(cases())
    assert {case[2] for case in every} == {*KINDS} and {case[3] for case in every} == {*WRAPPINGS}
    assert len({case[4] for case in every}) == len(every)
    assert {case[3].suffix for case in TRIED} == {"mp4", "mov", "mkv", "ts"}


@pytest.mark.parametrize("case", TRIED, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}-{case[3].suffix}")
def test_how_late_the_dancer_rests_is_right_within_20_ms(tmp_path, case):
    made = make(tmp_path, *case)
    found = against(made.film.truth, music(made.samples, RATE))
    assert found is not None and found.steady
    assert found.late == pytest.approx(made.late, abs=0.02)
    assert found.spread < 0.03


def test_the_dancer_rests_when_asked_to():
    times, rests = np.arange(0, 6, 1 / 60), np.arange(0.4, 6, 0.5)
    clip = dancer(times, rests, 3)
    speed = np.linalg.norm(np.diff(clip.xyz, axis=0), axis=-1).mean(1) * 60
    at = np.round(rests * 60).astype(int)[:-1]
    assert speed[at].max() < 0.05 * speed.max()
    assert speed[at + 15].min() > 0.1 * speed.max()
