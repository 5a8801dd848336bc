"""Who is a dancer: rendered people in the audience, passers-by, children, and dancers at the back."""

from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts.detections import Identities, PairCrossing
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.tracking.dancers import keep_dancers
from dance3d.synth.crowd import Flaws, detections, gathering, truth

NOISE = 0.006  # of a body's height: about that of MoveNet
STILL = 40  # number of the frame at which a person who does not dance stays


def seen(moves, changed=lambda people: people, seconds=4.0, seed=3):
    """Detections of a gathering with some people changed, and the true person of each."""
    crowd = gathering(moves, seconds, seed, (1280, 720))
    crowd = replace(crowd, people=changed(crowd.people.copy()))
    return detections(crowd, truth(crowd), np.random.default_rng(seed), Flaws(noise=NOISE))


def audience(people, scale=1.0, away=(0.0, 0.0, 0.0)):
    """The last person stands still, as large as ``scale``, moved by ``away`` metres."""
    people[-1] = people[-1, STILL]
    return farther(people, scale, away)


def farther(people, scale=1.0, away=(0.0, 0.0, 0.0)):
    """The last person is as large as ``scale``, on the floor, moved by ``away`` metres."""
    place = people[-1, :, [H36M17.index("pelvis")]].mean(1) * [1, 0, 1]
    people[-1] = (people[-1] - place) * scale + place + away
    return people


def left(moves, changed, people=None):
    """True numbers of those who are kept."""
    found, whose = seen(moves, changed)
    kept, others = keep_dancers(found, Identities(whose), people)
    assert others == len(moves) - len(np.unique(kept.person[kept.person > 0]))
    return sorted({int(n) for n in whose[kept.person > 0]})


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_who_stands_far_behind_is_no_dancer(scale):
    assert left(("stay", "stay"), lambda p: audience(p, scale, (0, 0, -4.0))) == [1]


def test_who_stands_still_at_the_edge_is_no_dancer():
    def beside(people):
        people[-1] = people[-1, STILL] - people[-1, STILL].mean(0) * [1, 0, 1] + [2.1, 0, 0]
        return people

    assert left(("stay", "stay", "stay"), beside) == [1, 2]


def test_a_child_and_a_dancer_at_the_back_are_dancers():
    assert left(("stay", "stay"), lambda p: farther(p, 0.5)) == [1, 2]
    assert left(("stay", "stay"), lambda p: farther(p, 1.0, (0, 0, -4.0))) == [1, 2]


def test_those_who_come_leave_and_cross_the_picture_are_dancers():
    assert left(("stay", "through", "come", "leave"), lambda p: p) == [1, 2, 3, 4]


def test_if_nobody_moves_everybody_of_equal_size_is_kept():
    def statues(people):
        return np.broadcast_to(people[:, STILL, None], people.shape)

    assert left(("stay", "stay"), statues) == [1, 2]


def test_a_number_keeps_the_most_likely_and_everybody_is_everybody():
    def behind(people):
        return audience(people, 0.5, (0, 0, -4.0))

    assert left(("stay", "stay", "stay"), behind, 2) == [1, 2]
    assert len(left(("stay", "stay", "stay"), behind, 1)) == 1
    assert left(("stay", "stay", "stay"), behind, 3) == [1, 2, 3]
    assert left(("stay", "stay", "stay"), behind, "all") == [1, 2, 3]


def test_numbers_close_up_and_crossings_follow():
    found, whose = seen(("stay", "stay", "stay"), lambda p: audience(p, 0.5, (0, 0, -4.0)))
    swapped = np.array([0, 3, 2, 1])[whose]  # the one of the audience is the first
    met = (PairCrossing(1, 2, 5, 9, 0.9), PairCrossing(2, 3, 20, 30, 0.7))
    kept, others = keep_dancers(found, Identities(swapped, met))
    assert others == 1
    np.testing.assert_array_equal(kept.person, np.array([0, 2, 1, 0])[whose])
    assert kept.crossings == (PairCrossing(1, 2, 20, 30, 0.7),)


def test_nobody_and_one_picture():
    found, whose = seen(("stay",))
    none = found.take(np.zeros(len(found), bool))
    assert keep_dancers(none, Identities(np.zeros(0, np.int64)))[1] == 0
    one = found.take(found.frame == found.frame[0])
    kept, others = keep_dancers(replace(one, time=one.time[:1]), Identities(whose[found.frame == found.frame[0]]))
    assert others == 0 and kept.person.max() == 1
