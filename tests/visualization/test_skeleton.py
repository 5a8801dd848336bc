"""Pictures of poses: what is drawn where."""

import numpy as np
from fake_dancers import body

from dance3d.skeleton import EXTREMITIES, H36M17
from dance3d.visualization.skeleton import BACK, LEFT, RIGHT, draw_extremities, draw_skeleton, pose_views, write_text


def picture():
    return np.zeros((240, 320, 3), np.uint8)


def standing():
    """(17, 2) pixels: the dancer's left on the picture's right."""
    xyz = body(np.array([0.1]))[0]
    return xyz[:, :2] * 100 + [160, 120]


def near(image, at, colour, reach=3):
    """Whether a colour is in the small square around a place."""
    x, y = np.round(at).astype(int)
    return (image[y - reach : y + reach + 1, x - reach : x + reach + 1] == colour).all(-1).any()


def test_sides_have_their_colours_at_their_joints():
    xy = standing()
    image = draw_skeleton(picture(), xy)
    for joint, colour in (("left_wrist", LEFT), ("right_wrist", RIGHT), ("left_ankle", LEFT), ("right_ankle", RIGHT)):
        assert near(image, xy[H36M17.index(joint)], colour), joint


def test_missing_joints_draw_nothing():
    xy = standing()
    assert not draw_skeleton(picture(), np.full_like(xy, np.nan)).any()
    arm = H36M17.indices("left_elbow", "left_wrist")
    xy[arm] = np.nan
    image = draw_skeleton(picture(), xy)
    whole = draw_skeleton(picture(), standing())
    assert image.any() and np.count_nonzero(image) < np.count_nonzero(whole)


def test_joints_far_outside_are_harmless():
    xy = standing()
    xy[H36M17.index("head")] = [1e9, -1e9]
    assert draw_skeleton(picture(), xy).any()


def test_interpolated_joints_are_hollow():
    xy = standing()
    wrist = xy[H36M17.index("left_wrist")] = np.array([300.0, 30.0])
    measured = np.ones(17, bool)
    measured[H36M17.index("left_wrist")] = False
    x, y = wrist.astype(int)
    assert draw_skeleton(picture(), xy)[y - 1, x + 1].tolist() == list(LEFT)
    assert draw_skeleton(picture(), xy, measured)[y - 1, x + 1].tolist() != list(LEFT)


def test_a_layout_without_bones_shows_its_joints():
    image = draw_skeleton(picture(), np.full((17, 2), 50.0), skeleton="coco17")
    assert image[50, 50].any() and not image[150:].any()


def test_views_show_left_on_the_cameras_right_and_down_below():
    xyz = body(np.array([0.1]))[0]
    views = pose_views(xyz, size=200)
    assert views.shape == (200, 600, 3)

    def middle(colour, panel):
        found = np.argwhere((views[:, panel * 200 : (panel + 1) * 200] == colour).all(-1))
        return found.mean(0)

    assert middle(LEFT, 0)[1] > middle(RIGHT, 0)[1]  # front: the dancer faces the camera
    assert middle(LEFT, 2)[1] > middle(RIGHT, 2)[1]  # from above, x still runs to the right
    head = (views[:60, :200] != BACK).any(-1).sum()
    assert head > 0


def test_views_take_missing_bodies_and_truth():
    xyz = body(np.array([0.1]))[0]
    assert pose_views(np.full((17, 3), np.nan), size=100).shape == (100, 300, 3)
    assert not np.array_equal(pose_views(xyz, size=100), pose_views(xyz, truth=xyz + 0.1 * np.sign(xyz), size=100))


def test_text_is_as_wide_as_said():
    image = np.zeros((60, 400, 3), np.uint8)
    width = write_text(image, "left arm ö", (10, 40), 20, (255, 255, 255))
    columns = np.flatnonzero(image.any((0, 2)))
    assert columns[0] >= 8 and abs(columns[-1] - (10 + width)) < 12


def test_feet_and_hands_are_drawn_in_the_colours_of_their_sides():
    joints = standing()
    ends = np.full((len(EXTREMITIES), 2), np.nan)
    ankle = joints[H36M17.index("left_ankle")]
    ends[EXTREMITIES.index("left_toe")], ends[EXTREMITIES.index("left_heel")] = (
        ankle + np.array([14, 6]),
        ankle + np.array([-5, 6]),
    )
    image = draw_extremities(picture(), joints, ends, thick=3)
    x, y = np.rint(ankle + np.array([4, 6])).astype(int)
    assert near(image, (x, y), LEFT, 1)  # the sole, from heel to toe
    assert image.any(-1).sum() < 600 and not draw_extremities(picture(), joints, np.full_like(ends, np.nan)).any()
    assert draw_extremities(picture(), joints, ends, bones=(1, 2, 3))[y - 1 : y + 2, x - 1 : x + 2].any()


def test_views_show_feet_hands_and_face_where_they_are_known():
    from dance3d.synth.choreography import choreograph

    clip = choreograph("salsa", 0.1, 0)
    whole = np.concatenate([clip.xyz, clip.extremities], 1)[0] * [1, -1, -1]
    plain, full = (pose_views(part, size=200) for part in (whole[:17], whole))
    changed = (plain != full).any(-1).reshape(200, 3, 200).any((0, 2))
    assert changed.all()  # each of the three views
