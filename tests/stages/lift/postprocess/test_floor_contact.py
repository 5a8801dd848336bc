import numpy as np
import pytest
from filmed_floor import apart, dance, seen

from dance3d.contracts import Camera, Pose3D
from dance3d.geometry.floor import lowest_part, resting_height
from dance3d.geometry.projection import project
from dance3d.skeleton import H36M17
from dance3d.stages.lift.postprocess import floor_contact
from dance3d.stages.lift.postprocess.gravity import KnownFrames, find_up

LEVEL = np.array([0.0, -1.0, 0.0])


def pose_of(body, **fields):
    frames = len(body.time)
    camera = Camera(1000.0, (500.0, 500.0), (1000, 1000))
    return Pose3D(body.xyz, np.ones(frames), np.zeros(frames), body.time, root=body.root, camera=camera, **fields)


def turned_over(world):
    """The same dance on hands: mirrored top to bottom without changing left and right, hands on the floor."""
    out = world * [1, -1, -1]
    out[..., 1] -= out[..., 1].min(1, keepdims=True)
    return out


def test_a_dancer_upside_down_for_a_part_or_always_does_not_turn_the_world_over():
    world = dance()
    part = np.concatenate([world[:90], turned_over(world[90:])])
    body, up = seen(part, 12)
    assert apart(find_up([body])[0], up) < 6
    body, up = seen(turned_over(world), 12)
    found, doubt = find_up([body])
    assert apart(found, LEVEL) < 20 and doubt > 8  # nothing but the camera speaks
    height = floor_contact.floor_height(body, up)
    assert not floor_contact.contacts(body, up, height).any()  # feet in the air
    np.testing.assert_array_equal(floor_contact.without_foot_skate(body, up), body.root)


def test_the_floor_is_where_the_lowest_part_rests():
    world = dance()
    for motion in (world, turned_over(world)):
        body, up = seen(motion)
        eye = 1.0 + 4.0 * np.sin(np.deg2rad(10))
        true = resting_height(lowest_part(motion[..., 1]), body.time)
        assert floor_contact.floor_height(body, up) + eye == pytest.approx(true, abs=1e-6)


def test_contacts_of_steps_and_leaps():
    world = np.repeat(dance()[:1], 120, 0)
    feet = H36M17.indices("left_ankle", "left_knee")
    world[40:60, feet] += [0.0, 0.35, 0.0]  # the left foot is lifted
    air = np.zeros(120)
    air[80:104] = 0.9 * np.sin(np.pi * np.arange(24) / 24)  # a leap
    world[..., 1] += air[:, None]
    body, up = seen(world)
    contact = floor_contact.contacts(body, up, floor_contact.floor_height(body, up))
    assert contact[5:34].all() and contact[65:75].all() and contact[112:].all()
    assert not contact[42:58, 0].any() and contact[42:58, 1].all()
    assert not contact[84:100].any()


def sliding(world, seed=0):
    """A body whose path is wrong by some centimetres of depth, as lifted ones are; the true one; and up."""
    body, up = seen(world)
    rng = np.random.default_rng(seed)
    wrong = np.convolve(rng.normal(0, 0.15, len(world)), np.hanning(15) / np.hanning(15).sum(), "same")
    ray = body.root / body.root[:, 2:]
    return body._replace(root=body.root + wrong[:, None] * ray), body, up


@pytest.mark.parametrize("genre", ["salsa", "indian", "everyday"])
def test_standing_feet_stop_sliding_and_the_picture_stays(genre):
    wrong, true, up = sliding(dance(genre))
    stands = floor_contact.contacts(true, up, floor_contact.floor_height(true, up))
    before = floor_contact.skate_speeds(wrong, up, stands).mean()
    righted = wrong._replace(root=floor_contact.without_foot_skate(wrong, find_up([wrong])[0]))
    after = floor_contact.skate_speeds(righted, up, stands).mean()
    assert after < 0.6 * before
    pixels = [project(b.xyz + b.root[:, None], 1000.0, 0.0) for b in (wrong, righted)]
    assert np.median(np.linalg.norm(pixels[1] - pixels[0], axis=-1)) < 2
    pace = [np.linalg.norm(np.diff(b.root - true.root, axis=0), axis=-1).mean() for b in (wrong, righted)]
    assert pace[1] < pace[0]


def test_a_leap_keeps_its_height():
    world = np.repeat(dance()[:1], 120, 0)
    world[50:74, :, 1] += 0.5 * np.sin(np.pi * np.arange(24) / 24)[:, None]
    wrong, _, up = sliding(world)
    rise = (floor_contact.without_foot_skate(wrong, up) - wrong.root)[54:70] @ up
    assert np.abs(rise).max() < 0.08


def test_poses_keep_their_rows_and_bodies():
    body, up = seen(dance(), 12)
    holes = np.zeros(len(body.time), bool)
    holes[60:80] = True
    holed = pose_of(
        KnownFrames(
            np.where(holes[:, None, None], np.nan, body.xyz), np.where(holes[:, None], np.nan, body.root), body.time
        )
    )
    nobody = pose_of(KnownFrames(body.xyz * np.nan, body.root * np.nan, body.time), person=2)
    first, second = floor_contact.stand_on_floor([holed, nobody])
    assert apart(first.up.astype(float), up) < 6 and 1 < first.up_doubt < 8
    np.testing.assert_array_equal(first.xyz, holed.xyz)
    np.testing.assert_array_equal(np.isnan(first.root).all(1), holes)
    assert second is nobody and second.up is None
    given = floor_contact.stand_on_floor([holed], np.array([0.0, -1.0, 0.0]))[0]
    assert given.up_doubt == 0 and given.up[1] == -1
    short = pose_of(KnownFrames(*(part[:1] for part in body)))
    assert np.array_equal(floor_contact.stand_on_floor([short])[0].root, short.root)


def test_camera_height_makes_metres():
    body, up = seen(dance(), 12)
    small = pose_of(KnownFrames(body.xyz / 2, body.root / 2, body.time), up=up)
    lens = 1.0 + 4.0 * np.sin(np.deg2rad(12))
    metric = floor_contact.scaled_by_lens_height(small, lens)
    assert metric.scale == "metric"
    # Clearances do not shrink with the body, hence the tolerance.
    np.testing.assert_allclose(metric.root, body.root, rtol=0.06)
    np.testing.assert_allclose(metric.xyz, small.xyz * (metric.root[0, 2] / small.root[0, 2]), rtol=1e-4, atol=1e-5)
    above = pose_of(body._replace(root=body.root + 5 * up), up=up)  # a floor above the lens tells no scale
    assert floor_contact.scaled_by_lens_height(above, lens) is above
