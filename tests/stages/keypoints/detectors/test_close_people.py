"""People who are close: who they are, and whose each pose is."""

import numpy as np

from dance3d.skeleton import COCO17
from dance3d.stages.keypoints.detectors import close_people
from dance3d.stages.keypoints.detectors.movenet import MoveNet
from dance3d.stages.keypoints.detectors.tracked_body import TrackedBody, same_body, similarity


def test_who_is_hidden_behind_another_is_no_second_body_and_is_looked_for_near(kitasen):
    with MoveNet() as detector:
        one, other = detector(kitasen[270])[:2]
    copy = one.copy()
    arms = COCO17.indices("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_knee", "left_ankle")
    copy[arms, 1] -= np.ptp(one[:, 1])  # the same trunk with other limbs
    assert same_body(one, copy) and similarity(one, copy) <= 0.5 and not same_body(one, other)
    people = [TrackedBody(body, np.zeros(2)) for body in (one, copy, other)]
    assert close_people.close_groups(people, [one, None, other]) == [[0, 1]]
    assert close_people.close_groups(people, [None, None, other]) == []
    assert close_people.assigned(people[:2], [one, copy], [])[1] is None


def test_of_two_who_are_close_a_reading_gives_way_to_what_the_finder_saw(kitasen):
    with MoveNet() as detector:
        one, other = detector(kitasen[270])[:2]
    people = [TrackedBody(body, np.zeros(2)) for body in (one, other)]
    mixed = one.copy()
    moved = COCO17.indices("left_wrist", "left_ankle")
    mixed[moved, 0] += 0.15 * np.ptp(one[:, 1])
    found = [one * [1, 1, 0.6], other * [1, 1, 0.6]]  # less sure than the reading
    given, partner = close_people.assigned(people, [mixed, other], found)
    np.testing.assert_array_equal(given[moved], found[0][moved])
    np.testing.assert_array_equal(np.delete(given, moved, 0), np.delete(mixed, moved, 0))  # readings are more exact
    np.testing.assert_array_equal(partner, other)
    assert close_people.assigned(people, [mixed, other], [])[0] is mixed
    far = [people[0], TrackedBody(other * [0.3, 0.3, 1], np.zeros(2))]
    assert close_people.assigned(far, [mixed, None], found)[0] is mixed
