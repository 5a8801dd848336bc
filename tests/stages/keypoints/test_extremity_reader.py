"""Feet and hands by BlazePose: where they are trusted, in which pictures they are read, and on a real dancer."""

import numpy as np
import pytest
from blazepose_bodies import body

from dance3d.geometry.extremities import extremities_of
from dance3d.io.video.pictures import ArrayPicture
from dance3d.io.video.reader import VideoReader
from dance3d.skeleton import BLAZEPOSE33, COCO17, EXTREMITIES, H36M17, to_h36m17
from dance3d.stages.keypoints.detectors.movenet import MoveNet
from dance3d.stages.keypoints.detectors.regions import SIDE
from dance3d.stages.keypoints.extremity_reader import AT_ONCE, LANDMARKS, ExtremityReader, region_of, trusted

PICTURE = ArrayPicture(np.full((1000, 1000, 3), 90, np.uint8))
FEET = [EXTREMITIES.index(f"{side}_{point}") for side in ("left", "right") for point in ("toe", "heel")]
HANDS = [EXTREMITIES.index(f"{side}_hand") for side in ("left", "right")]


def landmarks():
    """(33, 3) pixels of a picture of 1000: a body with feet and hands."""
    points = body() * [1000, 1000, 1]
    for side, way in (("left", 1), ("right", -1)):
        ankle, wrist = (points[BLAZEPOSE33.index(f"{side}_{joint}"), :2] for joint in ("ankle", "wrist"))
        points[BLAZEPOSE33.index(f"{side}_foot_index"), :2] = ankle + np.array([60 * way, 25])
        points[BLAZEPOSE33.index(f"{side}_heel"), :2] = ankle + np.array([-20 * way, 25])
        for finger in ("index", "pinky"):
            points[BLAZEPOSE33.index(f"{side}_{finger}"), :2] = wrist + np.array([5 * way, 45])
    return points


def coco(points):
    """(17, 3) of COCO's joints out of BlazePose's."""
    return points[BLAZEPOSE33.indices(*COCO17.joints)]


class ToldNet:
    """Gives landmarks that a test says, as the net does, and counts what it is asked."""

    def __init__(self, points, presence=1.0):
        self.points, self.presence, self.asked, self.most = points, presence, 0, 0
        xy, score = to_h36m17(coco(landmarks())[:, :2], coco(landmarks())[:, 2], "coco17")
        self.matrix = region_of(xy.astype(float), score.astype(float)).matrix(SIDE)

    def __call__(self, pictures):
        self.asked += len(pictures)
        self.most = max(self.most, len(pictures))
        rows = np.zeros((len(pictures), LANDMARKS, 5))
        rows[:, :33, :2] = (self.points[:, :2] - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T
        rows[:, :33, 3] = np.log(self.points[:, 2] / (1 - self.points[:, 2]))
        return [rows.reshape(len(pictures), -1), np.full((len(pictures), 1), self.presence)]


def read(points, presence=1.0, bodies=None, frame=0):
    reader = ExtremityReader(30.0)
    reader.__dict__["_net"] = net = ToldNet(points, presence)
    return reader(frame, [coco(landmarks())] if bodies is None else bodies, "coco17", PICTURE), net


def truth():
    return extremities_of(landmarks()[:, :2], landmarks()[:, 2], "blazepose33")[0][:-1]


def test_feet_and_hands_are_where_the_net_saw_them():
    found, _ = read(landmarks())
    np.testing.assert_allclose(found[0, :-1], truth(), atol=1e-3)
    assert np.isfinite(found[0, -1]).all()  # the face, by the detector's nose and ears


def test_they_are_moved_to_the_joints_of_the_detector():
    """The net saw everything 20 pixels lower: toes hang on the detector's ankles all the same."""
    found, _ = read(landmarks() + np.array([0, 20, 0]))
    np.testing.assert_allclose(found[0, :-1], truth(), atol=1e-3)


def test_another_ankle_has_another_foot():
    points = landmarks()
    points[BLAZEPOSE33.index("left_ankle"), 0] += 80
    found, _ = read(points)
    missing = [name for name, xy in zip(EXTREMITIES, found[0], strict=True) if np.isnan(xy).any()]
    assert missing == ["left_toe", "left_heel"]


def test_feet_follow_their_ankle_where_the_net_took_left_for_right():
    points = landmarks()[BLAZEPOSE33.swap]
    found, _ = read(points)
    np.testing.assert_allclose(found[0, :-1], truth(), atol=1e-3)


def test_what_the_net_does_not_see_is_missing():
    points = landmarks()
    points[BLAZEPOSE33.indices("left_foot_index", "right_pinky"), 2] = 0.3
    found, _ = read(points)
    missing = [name for name, xy in zip(EXTREMITIES, found[0], strict=True) if np.isnan(xy).any()]
    assert missing == ["left_toe", "right_hand"]


def test_nobody_in_the_region():
    found, net = read(landmarks(), presence=0.2)
    assert net.asked == 1 and np.isnan(found[0, :-1]).all()


def test_a_joint_that_the_detector_is_not_sure_of_has_none():
    one = coco(landmarks())
    one[COCO17.index("right_ankle"), 2] = 0.05
    found, _ = read(landmarks(), bodies=[one])
    assert np.isnan(found[0, [EXTREMITIES.index("right_toe"), EXTREMITIES.index("right_heel")]]).all()
    assert np.isfinite(found[0, EXTREMITIES.index("left_toe")]).all()


def test_a_joint_that_is_missing_costs_its_own_extremities_only():
    one = coco(landmarks())
    one[COCO17.index("left_wrist")] = np.nan, np.nan, 0
    found, _ = read(landmarks(), bodies=[one])
    missing = [name for name, xy in zip(EXTREMITIES, found[0], strict=True) if np.isnan(xy).any()]
    assert missing == ["left_hand"]


def test_a_crowd_is_read_in_small_batches():
    found, net = read(landmarks(), bodies=[coco(landmarks())] * 11)
    assert net.asked == 11 and net.most == AT_ONCE
    np.testing.assert_allclose(found[:, :-1], np.tile(truth(), (11, 1, 1)), atol=1e-3)


def test_points_beyond_the_picture_are_missing():
    points = landmarks()
    points[BLAZEPOSE33.index("left_foot_index"), 1] = 1010
    found, _ = read(points)
    assert np.isnan(found[0, EXTREMITIES.index("left_toe")]).all()


def test_a_foot_as_long_as_a_shin_is_none():
    points = landmarks()
    points[BLAZEPOSE33.index("left_foot_index"), 0] += 200
    xy, score = to_h36m17(points[:, :2], points[:, 2], "blazepose33")
    found = trusted(xy.astype(float), score.astype(float), points[:, :2], points[:, 2])
    assert np.isnan(found[EXTREMITIES.index("left_toe")]).all() and np.isfinite(found[1:]).all()


@pytest.mark.parametrize(("fps", "quality", "count"), [(30, "balanced", 12), (24, "balanced", 12), (30, "fast", 8),
                                                       (10, "balanced", 10), (30, "best", 30)])  # fmt: skip
def test_the_net_is_read_in_so_many_pictures_of_a_second(fps, quality, count):
    reader = ExtremityReader(float(fps), quality)
    due = [frame for frame in range(10 * fps) if reader.due(frame)]
    assert due[0] == 0 and abs(len(due) - 10 * count) <= 1
    assert np.diff(due).max() <= -(-fps // count)


def test_between_readings_only_the_face_is_known():
    found, net = read(landmarks(), frame=1)
    assert net.asked == 0 and np.isfinite(found[0, -1]).all() and np.isnan(found[0, :-1]).all()


def test_layouts_with_feet_need_no_net():
    reader = ExtremityReader(30.0)
    found = reader(1, [landmarks()], "blazepose33", PICTURE)
    np.testing.assert_allclose(found[0, :-1], truth(), atol=1e-3)
    assert "_net" not in reader.__dict__


def test_nobody_and_joints_that_are_missing():
    reader = ExtremityReader(30.0)
    assert reader(0, [], "coco17", PICTURE).shape == (0, 7, 2)
    assert np.isnan(reader(0, [np.full((17, 3), np.nan)], "coco17", PICTURE)).all()
    assert np.isnan(reader(0, [np.full((17, 3), np.nan)], "h36m17", PICTURE)).all()


def test_a_real_dancer_has_feet_on_his_ankles(data_dir):
    """He faces the camera: toes lie lower than ankles and nearer to them than knees; the same comes twice."""
    with VideoReader(data_dir / "video" / "footskate_dance.mp4") as video:
        picture = next(iter(video)).picture
        with MoveNet(people=1, fps=24.0) as detector:
            bodies = detector(picture)
        found, again = (ExtremityReader(24.0)(0, bodies, "coco17", picture) for _ in range(2))
    np.testing.assert_array_equal(found, again)
    assert np.isfinite(found[0, FEET]).all() and np.isfinite(found[0, HANDS]).all()
    xy, _ = to_h36m17(bodies[0][:, :2], bodies[0][:, 2], "coco17")
    for side in ("left", "right"):
        knee, ankle = (xy[H36M17.index(f"{side}_{joint}")] for joint in ("knee", "ankle"))
        toe, heel = (found[0, EXTREMITIES.index(f"{side}_{point}")] for point in ("toe", "heel"))
        assert toe[1] > ankle[1] and 0.1 < np.linalg.norm(toe - ankle) / np.linalg.norm(ankle - knee) < 0.7
        assert np.linalg.norm(heel - ankle) < np.linalg.norm(toe - ankle)
