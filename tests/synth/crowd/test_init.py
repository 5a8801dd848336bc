import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, MotionClip
from dance3d.contracts.detections import COLOURS
from dance3d.io import artefacts
from dance3d.io.video import VideoReader
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.crowd import MOVES, Flaws, couple, detections, film, gathering, pictures, truth

PELVIS = H36M17.index("pelvis")


@pytest.fixture(scope="module")
def crossing():
    """One who stays, and one who goes through the picture."""
    crowd = gathering(("stay", "through"), 2.0, 4, (320, 180))
    return crowd, truth(crowd)


def test_who_goes_through_comes_in_crosses_and_leaves(crossing):
    crowd, known = crossing
    there = known.there()
    assert there[0].all() and not there[1, 0] and not there[1, -1] and there[1].any()
    [meeting] = [e for e in known.encounters if e.exchanged]
    assert (meeting.first, meeting.second) == (1, 2) and 0 < meeting.start < meeting.stop < len(crowd.time)
    x = known.xy[:, :, PELVIS, 0]
    assert np.sign(x[0] - x[1])[meeting.start - 1] != np.sign(x[0] - x[1])[meeting.stop]


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


def test_the_same_seed_gives_the_same_scene_in_other_clothes(crossing):
    crowd, _ = crossing
    again = gathering(("stay", "through"), 2.0, 4, (320, 180))
    assert np.array_equal(next(pictures(again))[0], next(pictures(crowd))[0])
    alike = gathering(("stay", "through"), 2.0, 4, (320, 180), alike=True)
    assert np.array_equal(alike.people, crowd.people)
    shirts = [[outfit.look.shirt for outfit in scene.outfits] for scene in (crowd, alike)]
    assert not np.allclose(*shirts[0]) and np.allclose(*shirts[1])


@pytest.mark.parametrize("camera", ["pan", "handheld"])
def test_a_turning_camera_stands_on_its_spot_and_takes_the_room_along(camera):
    crowd = gathering(("stay",), 0.5, 1, (160, 90), camera)
    eye = -np.einsum("tji,tj->ti", crowd.E[:, :, :3], crowd.E[:, :, 3])
    assert np.abs(eye - eye[0]).max() < 1e-9 and np.ptp(crowd.E[:, 0, 2]) > 1e-5
    (first, _), *_, (last, _) = pictures(crowd)
    assert first.shape == last.shape == (90, 160, 3) and not np.array_equal(first[:20], last[:20])


@pytest.mark.parametrize("count", [0, 1, 8])
def test_gatherings_of_any_size(count):
    crowd = gathering([MOVES[n % 4] for n in range(count)], 0.4, 1, (160, 90))
    known = truth(crowd)
    assert known.xy.shape == (count, 12, 17, 2) and len(list(pictures(crowd))) == 12
    found, owner = detections(crowd, known, np.random.default_rng(0))
    assert len(found) == len(owner) and owner.max(initial=0) <= count and (len(found) > 0) == (count > 0)


def test_partners_are_filmed_where_they_cross():
    """Two takes of one world, of which the second stretch holds the crossing."""
    one = choreograph("salsa", 4.0, 1)
    way = np.clip(np.linspace(-4, 3, len(one.xyz)), -1, 1)[:, None, None] * [1.2, 0, 0] + [0, 0, 0.8]
    clips = [one, MotionClip((one.xyz + way).astype(np.float32), 30.0, "other", "other")]
    crowd = couple(clips, 0, 1.5)
    assert crowd.people.shape == (2, 45, 17, 3) and crowd.name == one.group
    whole, stretch = truth(couple(clips, 0)), truth(crowd)
    assert any(e.exchanged for e in whole.encounters) and stretch.inside().all()
    side = np.sign(np.subtract(*stretch.xy[:, :, PELVIS, 0]))
    assert side[0] != side[-1]


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


def test_a_film_has_its_truth_beside_it(tmp_path):
    crowd = gathering(("stay", "stay"), 0.2, 2, (160, 90))
    path, known = film(crowd, tmp_path)
    with VideoReader(path) as reader:
        assert len(list(reader)) == len(crowd.time) == 6
    for person in (1, 2):
        track = artefacts.load(tmp_path / f"truth_{person}.npz", Keypoints2D)
        assert track.person == person and np.allclose(track.xy, known.xy[person - 1], atol=1e-3, equal_nan=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gathering(("fly",)), "move 'fly' is not known; choose from stay, through, come, leave"),
        (lambda: gathering(("stay",), camera="drone"), "camera 'drone' is not known"),
        (lambda: couple([]), "a scene needs takes of one frame rate"),
    ],
)
def test_bad_orders_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
