import numpy as np

from dance3d.synth import everyday_figures
from dance3d.synth.keyframes import ARMS, Keyframes


def written(figure, seed=0):
    keyframes = Keyframes(np.random.default_rng(seed), 0.5, 0.9, 0.1)
    figure(keyframes)
    return keyframes


def test_who_walks_comes_along_and_stays_near():
    for seed in range(5):
        keyframes = written(everyday_figures.walk, seed)
        moved = [
            np.ptp(np.array(keyframes.tracks[f"{side}_foot"].values)[:, :2], axis=0).max() for side in ("left", "right")
        ]
        assert min(moved) > 0.3 and np.linalg.norm(keyframes.position) < 2.5


def test_who_picks_something_up_bends_down_and_comes_up():
    keyframes = written(everyday_figures.pick_up)
    pitch = np.array(keyframes.tracks["pitch"].values)[:, 0]
    assert pitch.max() == 0.9 and pitch[-1] == 0 and max(keyframes.tracks["crouch"].values) > 0.2


def test_who_greets_waves_to_and_fro_with_one_hand():
    keyframes = written(everyday_figures.greet)
    still, waving = sorted(len(keyframes.tracks[f"{side}_arm"].times) for side in ("left", "right"))
    assert still == 1 and waving >= 15


def test_who_fidgets_ends_with_hanging_arms():
    for seed in range(4):
        keyframes = written(everyday_figures.fidget, seed)
        low = np.array(ARMS["low"]) / np.linalg.norm(ARMS["low"], axis=-1, keepdims=True)
        ends = [keyframes.tracks[f"{side}_arm"].values[-1] for side in ("left", "right")]
        assert all(((end * low).sum(-1) > 0.95).all() for end in ends)
