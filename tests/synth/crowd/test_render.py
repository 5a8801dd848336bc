import numpy as np

from dance3d.contracts import Keypoints2D
from dance3d.io import artefacts
from dance3d.io.video.reader import VideoReader
from dance3d.skeleton import H36M17
from dance3d.synth.crowd import film, gathering, pictures

PELVIS = H36M17.index("pelvis")


def test_the_nearer_hides_the_farther(crossing):
    """What the picture shows at a joint is the dancer whose joint it is, unless the truth says covered."""
    crowd, known = crossing
    _, depth = crowd.seen()
    nearest = depth[:, :, PELVIS].argmin(0)
    meeting = known.encounters[0]
    middle = (meeting.start + meeting.stop) // 2
    front, back = nearest[middle], 1 - nearest[middle]
    assert known.seen[front, middle] > 0.95 > known.seen[back, middle]
    assert known.covered[back, middle].sum() > known.covered[front, middle].sum()
    right = wrong = 0
    for t, (_, who) in enumerate(pictures(crowd)):
        if meeting.start <= t < meeting.stop:
            for person in (0, 1):
                for joint in np.flatnonzero(known.inside()[person, t]):
                    x, y = known.xy[person, t, joint].astype(int)
                    shown = who[y, x]
                    right += shown == (2 - person if known.covered[person, t, joint] else person + 1)
                    wrong += shown == (person + 1 if known.covered[person, t, joint] else 2 - person)
    assert right > 15 * wrong


def test_a_film_has_its_truth_beside_it(tmp_path):
    crowd = gathering(("stay", "stay"), 0.2, 2, (160, 90))
    path, known = film(crowd, tmp_path)
    with VideoReader(path) as reader:
        assert len(list(reader)) == len(crowd.time) == 6
    for person in (1, 2):
        track = artefacts.load(tmp_path / f"truth_{person}.npz", Keypoints2D)
        assert track.person == person and np.allclose(track.xy, known.xy[person - 1], atol=1e-3, equal_nan=True)
