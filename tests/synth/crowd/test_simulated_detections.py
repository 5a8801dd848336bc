import numpy as np
import pytest

from dance3d.contracts.detections import COLOURS
from dance3d.skeleton import H36M17
from dance3d.synth.crowd import Flaws, detections

PELVIS = H36M17.index("pelvis")


def test_detections_without_flaws_are_the_truth(crossing):
    crowd, known = crossing
    spotless = Flaws(noise=0, miss=0, half=-9, pull=0, covered=0, double=0, ghost=0, exchanged=0)
    found, owner = detections(crowd, known, np.random.default_rng(0), spotless)
    assert len(found) == known.there().sum() and np.isnan(found.colour).all()
    assert np.allclose(found.xy, known.xy[owner - 1, found.frame], atol=1e-3)
    assert {1, 2} == set(owner[found.frame == found.frame[np.argmax(owner == 2)]])


def test_detections_err_as_told(crossing):
    crowd, known = crossing
    flaws = Flaws(noise=0.02, miss=0.3, half=0.5, double=0.5, ghost=0.5, exchanged=0.0, pull=0, covered=0)
    counts = np.zeros(3)
    for seed in range(5):
        found, owner = detections(crowd, known, np.random.default_rng(seed), flaws)
        counts += np.bincount(owner, minlength=3)
        apart = (found.xy - known.xy[owner - 1, found.frame])[owner == 1][:, PELVIS]
        tall = np.ptp(known.xy[0, :, :, 1], axis=-1).mean()
        assert 0.01 < apart.std() / tall < 0.05
    frames = 5 * len(crowd.time)
    assert 0.35 * frames < counts[0] < 0.65 * frames  # a ghost in every other frame
    assert counts[1] == pytest.approx(0.7 * 1.5 * frames, rel=0.2)  # seen in 7 of 10 frames, half of those twice
    order = [tuple(owner[found.frame == t]) for t in range(len(crowd.time))]
    assert any(o[0] == 2 for o in order if o) and any(o[0] == 1 for o in order if o)


def test_hidden_dancers_are_missed_and_drawn_to_who_hides_them(crossing):
    crowd, known = crossing
    hidden = np.unravel_index(np.where(known.there(), known.seen, 1).argmin(), known.seen.shape)
    base = {"noise": 0.0, "miss": 0.0, "covered": 0.0, "double": 0.0, "ghost": 0.0, "exchanged": 0.0}
    missed, owner = detections(crowd, known, np.random.default_rng(0), Flaws(**base, half=0.98, soft=0.001))
    assert hidden[0] + 1 not in owner[missed.frame == hidden[1]]
    found, owner = detections(crowd, known, np.random.default_rng(0), Flaws(**base, half=-9, pull=0.5))
    row = np.flatnonzero((found.frame == hidden[1]) & (owner == hidden[0] + 1))[0]
    covered = known.covered[hidden]
    own, other = known.xy[hidden], known.xy[1 - hidden[0], hidden[1]]
    assert np.allclose(found.xy[row][~covered], own[~covered], atol=1e-3)
    nearer = np.linalg.norm(found.xy[row] - other, axis=-1) < np.linalg.norm(own - other, axis=-1)
    assert nearer[covered].all() and found.score[row][~covered].mean() > found.score[row][covered].mean()


def test_colours_are_looked_up_in_the_picture(crossing):
    crowd, known = crossing

    def look(picture, xy, score):
        x, y = np.clip(xy[PELVIS].astype(int), 0, np.array(picture.shape[1::-1]) - 1)
        return np.pad(picture[y, x] / 255, (0, COLOURS - 3)).astype(np.float32)

    found, owner = detections(crowd, known, np.random.default_rng(0), look=look)
    colour = [np.median(found.colour[owner == person], 0) for person in (1, 2)]
    assert np.isfinite(found.colour).all() and np.abs(colour[0] - colour[1]).max() > 0.1
