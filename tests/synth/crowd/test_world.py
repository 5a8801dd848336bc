import numpy as np
import pytest

from dance3d.contracts import MotionClip
from dance3d.skeleton import H36M17
from dance3d.synth.choreography import choreograph
from dance3d.synth.crowd import MOVES, couple, detections, gathering, pictures, truth

PELVIS = H36M17.index("pelvis")


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
