from dataclasses import replace

import numpy as np
import pytest

from dance3d.benchmarks.lift import floor as floor_bench
from dance3d.contracts import Camera, MotionClip, Pose3D
from dance3d.geometry.clip_camera import view
from dance3d.geometry.projection import look_at, project
from dance3d.skeleton import CLEARANCE, H36M17
from dance3d.stages.lift.postprocess import floor_contact
from dance3d.stages.lift.postprocess.gravity import Body, find_up
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film

ANKLES = H36M17.indices("left_ankle", "right_ankle")
LEVEL = np.array([0.0, -1.0, 0.0])


def seen(world, pitch=10.0, roll=0.0, away=4.0, height=1.0):
    """A world motion (T, 17, 3) before a camera that looks down by ``pitch`` and is rolled, degrees; and its up."""
    p, r = np.deg2rad([pitch, roll])
    middle = np.array([0.0, height, 0.0])
    eye = middle + away * np.array([0.3, np.sin(p), np.sqrt(0.91 - np.sin(p) ** 2)])
    turn = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    camera = turn @ look_at(eye, middle)
    joints = world @ camera[:, :3].T + camera[:, 3]
    root = joints[:, H36M17.index("pelvis")]
    return Body(joints - root[:, None], root, np.arange(len(world)) / 30), camera[:, 1]


def dance(genre="salsa", seconds=6.0, seed=1):
    return choreograph(genre, seconds, seed).xyz.astype(np.float64)


def pose_of(body, **fields):
    frames = len(body.time)
    camera = Camera(1000.0, (500.0, 500.0), (1000, 1000))
    return Pose3D(body.xyz, np.ones(frames), np.zeros(frames), body.time, root=body.root, camera=camera, **fields)


def apart(a, b):
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


@pytest.mark.parametrize("genre", ["salsa", "modern", "martial", "everyday"])
@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (15, 3), (30, 0), (-8, -12)])
def test_up_is_found_before_tilted_cameras(genre, pitch, roll):
    body, up = seen(dance(genre), pitch, roll)
    found, doubt = find_up([body])
    assert np.linalg.norm(found) == pytest.approx(1) and 1 < doubt < 8
    assert apart(found, up) < 6


def test_several_dancers_are_surer_than_one():
    bodies = [seen(dance("modern", seed=seed), 20)[0] for seed in range(4)]
    up = seen(dance(), 20)[1]
    each = [find_up([body]) for body in bodies]
    together = find_up(bodies)
    assert together[1] < min(doubt for _, doubt in each)
    assert apart(together[0], up) < np.mean([apart(one, up) for one, _ in each]) + 0.5


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
    np.testing.assert_array_equal(floor_contact.steady(body, up), body.root)


def test_nobody_and_one_frame_still_have_an_up():
    found, doubt = find_up([])
    assert apart(found, LEVEL) < 6 and doubt > 15
    assert find_up([seen(dance()[:0])[0]])[1] == doubt
    body, up = seen(dance()[:1], 10)
    found, less = find_up([body])
    assert apart(found, up) < 10 and less < doubt


def test_the_floor_is_where_the_lowest_part_rests():
    world = dance()
    for motion in (world, turned_over(world)):
        body, up = seen(motion)
        eye = 1.0 + 4.0 * np.sin(np.deg2rad(10))
        true = np.min([motion[:, H36M17.index(j), 1] - c for j, c in CLEARANCE.items()], axis=0)
        assert floor_contact.floor_height(body, up) + eye == pytest.approx(np.percentile(true, 5), abs=1e-6)


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
    before = floor_contact.skate(wrong, up, stands).mean()
    righted = wrong._replace(root=floor_contact.steady(wrong, find_up([wrong])[0]))
    after = floor_contact.skate(righted, up, stands).mean()
    assert after < 0.6 * before
    pixels = [project(b.xyz + b.root[:, None], 1000.0, 0.0) for b in (wrong, righted)]
    assert np.median(np.linalg.norm(pixels[1] - pixels[0], axis=-1)) < 2
    pace = [np.linalg.norm(np.diff(b.root - true.root, axis=0), axis=-1).mean() for b in (wrong, righted)]
    assert pace[1] < pace[0]


def test_a_leap_keeps_its_height():
    world = np.repeat(dance()[:1], 120, 0)
    world[50:74, :, 1] += 0.5 * np.sin(np.pi * np.arange(24) / 24)[:, None]
    wrong, _, up = sliding(world)
    rise = (floor_contact.steady(wrong, up) - wrong.root)[54:70] @ up
    assert np.abs(rise).max() < 0.08


def test_poses_keep_their_rows_and_bodies():
    body, up = seen(dance(), 12)
    holes = np.zeros(len(body.time), bool)
    holes[60:80] = True
    holed = pose_of(
        Body(np.where(holes[:, None, None], np.nan, body.xyz), np.where(holes[:, None], np.nan, body.root), body.time)
    )
    nobody = pose_of(Body(body.xyz * np.nan, body.root * np.nan, body.time), person=2)
    first, second = floor_contact.stand([holed, nobody])
    assert apart(first.up.astype(float), up) < 6 and 1 < first.up_doubt < 8
    np.testing.assert_array_equal(first.xyz, holed.xyz)
    np.testing.assert_array_equal(np.isnan(first.root).all(1), holes)
    assert second is nobody and second.up is None
    given = floor_contact.stand([holed], np.array([0.0, -1.0, 0.0]))[0]
    assert given.up_doubt == 0 and given.up[1] == -1
    short = pose_of(Body(*(part[:1] for part in body)))
    assert np.array_equal(floor_contact.stand([short])[0].root, short.root)


def test_camera_height_makes_metres():
    body, up = seen(dance(), 12)
    small = pose_of(Body(body.xyz / 2, body.root / 2, body.time), up=up)
    lens = 1.0 + 4.0 * np.sin(np.deg2rad(12))
    metric = floor_contact.scaled(small, lens)
    assert metric.scale == "metric"
    # Clearances do not shrink with the body, hence the tolerance.
    np.testing.assert_allclose(metric.root, body.root, rtol=0.06)
    np.testing.assert_allclose(metric.xyz, small.xyz * (metric.root[0, 2] / small.root[0, 2]), rtol=1e-4, atol=1e-5)
    above = pose_of(body._replace(root=body.root + 5 * up), up=up)  # a floor above the lens tells no scale
    assert floor_contact.scaled(above, lens) is above


def test_calibrated_cameras_are_read_and_refused():
    size = (640, 480)

    def seen(**given):
        settings = LiftSettings(**given)
        return view(settings.camera, settings.field_of_view, size)

    assert seen().camera.assumed and seen(field_of_view=60).camera.field_of_view == pytest.approx(60)
    full = seen(camera={"focal": 500, "centre": [300, 200], "up": [0, -2, 0], "height": 1.5})
    assert not full.camera.assumed and full.camera.centre == (300, 200) and full.height == 1.5
    np.testing.assert_array_equal(full.up, LEVEL)
    assert seen(camera={"focal": 500.0}).camera.centre == (320, 240)
    for given, told in (
        ({"camera": 500}, "expected a mapping of focal"),
        ({"camera": {"centre": [1, 2]}}, "no focal"),
        ({"camera": {"focal": 500, "fov": 3}}, "no part 'fov'"),
        ({"camera": {"focal": -5}}, "camera.focal is -5"),
        ({"camera": {"focal": "x"}}, "camera.focal is 'x'"),
        ({"camera": {"focal": 500, "centre": [1]}}, "expected 2 numbers"),
        ({"camera": {"focal": 500, "up": [0, 0, 0]}}, "expected a direction"),
        ({"camera": {"focal": 500, "height": 0}}, "expected 0.1 to 20"),
        ({"camera": {"focal": 500, "height": 1.5}, "height": 1.7}, "give one of them"),
        ({"camera": {"focal": 500, "height": 1.5}, "floor": False}, "needs the floor"),
    ):
        with pytest.raises(ValueError, match=told):
            LiftSettings(**given)


def test_figures_of_the_floor_against_the_truth():
    clip = MotionClip(dance(seconds=3), 30.0, "a", "a", "salsa")
    filmed = film([clip])
    bodies = [Body(*(np.asarray(a, float) for a in (one.truth.xyz, one.truth.root, one.truth.time))) for one in filmed]
    blind = [replace(one.truth, up=None) for one in filmed]
    figures = floor_bench.score(filmed, blind, [one.truth for one in filmed])
    assert figures["up_degrees"] < 0.1 < 3 < figures["up_degrees.level"] < 12
    assert figures["skate.before"] == figures["skate.after"] == figures["skate.true"]
    shaken = [
        replace(pose, root=body.root + 0.02 * np.sin(np.arange(90) / 2)[:, None] * [0, 0, 1])
        for pose, body in zip(blind, bodies, strict=True)
    ]
    figures = floor_bench.score(
        filmed, shaken, floor_contact.stand(shaken[:1]) + [floor_contact.stand([p])[0] for p in shaken[1:]]
    )
    assert (
        figures["up_degrees"] < figures["up_degrees.level"] and figures["skate.after"] < 0.7 * figures["skate.before"]
    )
    assert figures["slides.after"] <= figures["slides.before"]
