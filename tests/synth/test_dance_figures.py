import numpy as np
import pytest

from dance3d.synth import dance_figures
from dance3d.synth.choreography import FPS
from dance3d.synth.keyframes import Keyframes
from dance3d.synth.kinematics import joints, random_body

NAMES = ("salsa", "indian", "modern", "martial")
FIGURES = [
    figure for name, figure in sorted(vars(dance_figures).items()) if name.split("_")[0] in NAMES and callable(figure)
]


def written(figure, seed=0):
    body = random_body(np.random.default_rng(seed))
    keyframes = Keyframes(np.random.default_rng(seed), 0.5, body.leg, body.hip)
    figure(keyframes)
    return keyframes, body


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_a_figure_takes_whole_time_and_can_be_danced(figure):
    keyframes, body = written(figure)
    assert (
        0.9 <= keyframes.now <= 6.0
        and keyframes.counts == sorted(keyframes.counts)
        and keyframes.counts[-1] == keyframes.now
    )
    xyz = joints(keyframes, body, keyframes.now, FPS)
    assert np.isfinite(xyz).all() and np.abs(np.diff(xyz, axis=0)).max() * FPS < 12  # metres per second
    again, _ = written(figure)
    assert all(np.array_equal(keyframes.tracks[name].values, again.tracks[name].values) for name in keyframes.tracks)


def test_there_are_three_figures_or_more_of_every_dance():
    counts = [sum(figure.__name__.startswith(name) for figure in FIGURES) for name in NAMES]
    assert min(counts) >= 3


def test_the_leading_side_is_drawn():
    found = {dance_figures.sides(Keyframes(np.random.default_rng(seed), 0.5, 0.9, 0.1)) for seed in range(20)}
    assert found == {("left", "right", 1), ("right", "left", -1)}


def test_a_turn_comes_round():
    keyframes, _ = written(dance_figures.salsa_turn)
    assert abs(keyframes.heading) == pytest.approx(2 * np.pi)
