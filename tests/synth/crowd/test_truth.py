import numpy as np

from dance3d.skeleton import H36M17

PELVIS = H36M17.index("pelvis")


def test_who_goes_through_comes_in_crosses_and_leaves(crossing):
    crowd, known = crossing
    there = known.there()
    assert there[0].all() and not there[1, 0] and not there[1, -1] and there[1].any()
    [meeting] = [e for e in known.encounters if e.exchanged]
    assert (meeting.first, meeting.second) == (1, 2) and 0 < meeting.start < meeting.stop < len(crowd.time)
    x = known.xy[:, :, PELVIS, 0]
    assert np.sign(x[0] - x[1])[meeting.start - 1] != np.sign(x[0] - x[1])[meeting.stop]
