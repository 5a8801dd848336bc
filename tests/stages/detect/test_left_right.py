import numpy as np

from dance3d.skeleton import H36M17
from dance3d.stages.detect.left_right import ambiguous_bodies, most_likely_path

SIGHT = np.array([[0.0, 0.0, 1.0]])


def dancer(frames=40):
    """(T, 17, 3) metres: a body whose sides and depths differ, slowly turning."""
    xyz = np.random.default_rng(0).normal(0, 0.3, (17, 3))
    angle = np.linspace(0, 0.5, frames)
    turn = np.stack([np.cos(angle), 0 * angle, np.sin(angle), 0 * angle, 1 + 0 * angle, 0 * angle,
                     -np.sin(angle), 0 * angle, np.cos(angle)], -1).reshape(-1, 3, 3)  # fmt: skip
    return np.einsum("tij,kj->tki", turn, xyz)


def test_the_three_bodies_have_one_silhouette():
    xyz = dancer(3)
    own, exchanged, turned = ambiguous_bodies(xyz, np.repeat(SIGHT, 3, 0))
    np.testing.assert_array_equal(own, xyz)
    np.testing.assert_array_equal(exchanged, xyz[:, H36M17.swap])
    np.testing.assert_allclose(turned, exchanged * [1, 1, -1])


def test_a_moments_exchange_is_undone_and_a_lasting_turn_is_not():
    xyz = dancer()
    sight, time, sure = np.repeat(SIGHT, 40, 0), np.arange(40) / 30, np.zeros(40)
    wrong = xyz.copy()
    wrong[20:23] = wrong[20:23, H36M17.swap]
    chosen = most_likely_path(ambiguous_bodies(wrong, sight), sure, time)
    assert chosen[20:23].tolist() == [1, 1, 1] and not np.delete(chosen, [20, 21, 22]).any()
    assert not most_likely_path(ambiguous_bodies(xyz, sight), sure, time).any()
    assert most_likely_path(ambiguous_bodies(xyz[:1], SIGHT), sure[:1], time[:1]).tolist() == [0]
