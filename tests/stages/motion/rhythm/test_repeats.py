from dataclasses import replace

import numpy as np
import pytest
from rhythmic_motion import moves, pose_of

from dance3d.skeleton import H36M17
from dance3d.stages.motion.rhythm.tempo import rhythm


def danced(*seeds):
    """Phrases of 6 s, one seed each, one after another."""
    phrases = {seed: moves(100, seconds=6.0, seed=seed).xyz for seed in set(seeds)}
    xyz = np.concatenate([phrases[seed] for seed in seeds])
    return pose_of(xyz, np.arange(len(xyz)) / 30)


def test_a_phrase_danced_again_is_found_where_it_is():
    (found,) = rhythm(danced(1, 2, 3, 1)).repeats
    assert found.start == pytest.approx(0, abs=0.4)
    assert found.stop == pytest.approx(6, abs=0.4)
    assert found.later == pytest.approx(18, abs=0.11)
    assert found.alike > 0.95


def test_a_phrase_is_the_same_wherever_the_dancer_faces_but_not_in_the_mirror():
    pose = danced(1, 2, 1)
    turned, mirrored = pose.xyz.copy(), pose.xyz.copy()
    turned[360:] = turned[360:] @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    mirrored[360:] = mirrored[360:, H36M17.swap] * [-1, 1, 1]
    assert rhythm(replace(pose, xyz=turned)).repeats[0].later == pytest.approx(12, abs=0.11)
    assert all(abs(one.later - 12) > 0.3 for one in rhythm(replace(pose, xyz=mirrored)).repeats)


def test_a_loop_is_one_repetition():
    first, *more = rhythm(danced(1, 1, 1, 1, 1)).repeats
    assert (first.later, more) == (pytest.approx(6, abs=0.11), [])
    assert first.stop - first.start == pytest.approx(24, abs=0.5)
