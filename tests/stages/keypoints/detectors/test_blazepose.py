"""Everybody's landmarks from MediaPipe: where it looks, who is one and who is two, and the real clips."""

import importlib.util
import time as clock
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from dance3d.benchmarks.keypoints import person_finding
from dance3d.io.video import VideoReader
from dance3d.skeleton import BLAZEPOSE33, to_h36m17
from dance3d.stages.keypoints.detectors import blazepose
from dance3d.stages.keypoints.detectors.blazepose import REMAINS, BlazePose
from dance3d.stages.keypoints.detectors.finder import Finder, Reader
from dance3d.stages.keypoints.detectors.regions import SIDE, Region, agree, same
from dance3d.stages.keypoints.detectors.tiles import smaller, squares

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("mediapipe"), reason="mediapipe is not installed")
WHOLE = (slice(0, 480), slice(0, 854))


@pytest.fixture(scope="module")
def kitasen(data_dir):
    """Pictures of three dancers, by frame number: 0..29 two of them, 255..284 all three."""
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        return {f.index: f.image for f in reader if f.index < 30 or 255 <= f.index < 285}


def hips(bodies):
    """(N, 2) middle of each body's hips, from left to right."""
    at = BLAZEPOSE33.indices("left_hip", "right_hip")
    return np.array(sorted(body[at, :2].mean(0).tolist() for body in bodies))


@pytest.mark.parametrize(("size", "count"), [((100, 100), 1), ((854, 480), 4), ((480, 854), 4), ((4000, 500), 16)])
def test_views_cover_the_picture_with_overlap(size, count):
    width, height = size
    seen, parts = np.zeros((height, width), int), squares((height, width))
    for rows, columns in parts[1:] or parts:
        assert rows.stop - rows.start == columns.stop - columns.start == min(size)
        seen[rows, columns] += 1
    assert len(parts) == count and seen.min() >= 1
    for (_, one), (_, other) in pairwise(parts[1:]):
        assert width < height or other.start - one.start <= min(size) / 2


def test_a_region_turns_with_the_body():
    upright = Region.around(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert upright == Region(50, 60, 100, 0)
    lying = Region.around(np.array([50.0, 60.0]), np.array([90.0, 60.0]))  # head to the picture's right
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, 0, 1], (100, 60), atol=1e-9)
    np.testing.assert_allclose(lying.matrix() @ [SIDE / 2, SIDE / 2, 1], (50, 60), atol=1e-9)


def test_the_landmarks_turn_with_the_picture(kitasen):
    image = kitasen[15]
    with BlazePose() as detector:
        body = max(detector(image), key=lambda body: body[:, 0].mean())
    hip = body[BLAZEPOSE33.indices("left_hip", "right_hip"), :2].mean(0)
    region = Region(*hip, 300, 0)
    reader = Reader()
    plain = reader(image, region)
    turned = reader(np.ascontiguousarray(image[::-1, ::-1]), Region(*(image.shape[1::-1] - hip), 300, np.pi))
    reader.close()
    np.testing.assert_allclose(turned.points[:, :2], image.shape[1::-1] - plain.points[:, :2], atol=0.1)
    assert plain.presence > 0.9 and abs(plain.next.side - turned.next.side) < 0.1


def test_three_dancers_are_found_and_followed(kitasen, capfd):
    counts = []
    for first, dancers in ((0, 2), (255, 3)):
        with BlazePose() as detector:
            seen = [detector(kitasen[frame]) for frame in range(first, first + 30)]
        counts.append([len(bodies) for bodies in seen])
        assert (np.array(counts[-1][10:]) == dancers).all()
        found = np.array([hips(bodies) for bodies in seen[10:]])
        assert np.linalg.norm(np.diff(found, axis=0), axis=-1).max() < 30  # each is one body, that moves
    assert capfd.readouterr().err == ""


def test_the_same_whichever_thread_is_faster(kitasen, monkeypatch):
    def look():
        with BlazePose() as detector:
            return [np.array(detector(kitasen[frame])) for frame in range(255, 263)]

    plain, read, turn = look(), Reader.__call__, iter(range(10**6))

    def late(self, *look):
        clock.sleep(0.004 if next(turn) % 3 == 0 else 0)
        return read(self, *look)

    monkeypatch.setattr(Reader, "__call__", late)
    for one, other in zip(plain, look(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nobody_in_pictures_without_people_of_any_size():
    rng = np.random.default_rng(0)
    with BlazePose() as detector:
        for size in ((64, 64), (1, 300), (300, 3), (200, 90)):
            assert detector(rng.integers(0, 255, (*size, 3), np.uint8)) == []


def test_few_dancers_are_asked_for(kitasen):
    image = np.hstack([cv2.resize(kitasen[270], (480, 270))] * 3)
    with BlazePose() as everybody, BlazePose(people=1) as few:
        assert len(everybody(image)) > len(few(image)) == 3  # and two to spare, for the tracker to choose
    with pytest.raises(ValueError, match="brings its own model"):
        BlazePose("some.onnx")


def test_who_is_painted_over_is_not_found_and_the_other_is(kitasen):
    image = kitasen[15]
    finder, reader = Finder(), Reader()
    left, right = (reader(image, region) for region in sorted(finder(image, WHOLE), key=lambda region: region.x))
    assert not same(left, right) and min(left.worth, right.worth) > 0.7
    assert same(left, reader(image, left.next)) and agree(left, reader(image, left.next))
    found = finder(image, WHOLE, [left])
    assert found and all(region.away(left.next) > 0.5 for region in found)
    hidden = reader(image, left.region, [left])
    assert hidden.worth < REMAINS < left.worth
    np.testing.assert_allclose(reader(image, left.region, [left], left).points, left.points, atol=1e-6)  # its own stays
    finder.close()
    reader.close()


def test_one_body_read_with_other_limbs_is_still_one(kitasen):
    image = kitasen[15]
    reader, region = Reader(), Finder()(image, WHOLE)[0]
    body = reader(image, region)
    mirrored = body.points[BLAZEPOSE33.swap]
    assert same(body, replace(body, points=mirrored)) and not agree(body, replace(body, points=mirrored))
    beside = body.points + np.array([0.3 * body.next.side, 0, 0])
    assert not same(body, replace(body, points=beside))
    nowhere = replace(body, outline=np.zeros_like(body.outline))
    assert nowhere.worth == 0 and body.worth > 0.7
    reader.close()


def test_small_dancers_are_found_in_smaller_squares(kitasen):
    small = cv2.resize(kitasen[270], (214, 120), interpolation=cv2.INTER_AREA)
    image = np.full((480, 854, 3), 60, np.uint8)
    image[300:420, :214] = image[300:420, 400:614] = small
    with BlazePose() as detector:
        assert len(detector(image)) >= 5
    assert smaller(image.shape, [Region(100, 350, 300, 0)]) == []


def test_somebody_lost_is_looked_for_where_they_should_be(kitasen, monkeypatch):
    order = [kitasen[frame] for frame in range(255, 285)]
    with BlazePose() as detector:
        for image in order[:12]:
            detector(image)
        gone = np.full_like(order[0], 90)
        assert [detector(gone) for _ in range(3)] == [[], [], []]
        assert len(detector(order[12])) == 3  # at once, without another look at all of the picture
        monkeypatch.setattr(blazepose, "PATIENCE", 5)
        for _ in range(6):
            detector(gone)
        assert detector._people == []  # and not for ever


def test_ways_of_finding_are_scored_on_pictures_of_whom_all_is_known(monkeypatch):
    monkeypatch.setattr(person_finding, "_CROWDS", (("stay",) * 2,))
    monkeypatch.setattr(person_finding, "PICTURES", 1)
    monkeypatch.setattr(person_finding, "WAYS", {"squares": ("squares",)})
    (figures,) = person_finding.finding(None)
    assert figures["finding.squares.plain"] in (0.5, 1.0) and figures["finding.squares.ms"] > 0


def test_a_body_is_the_dancer_whose_free_joints_it_has():
    rng = np.random.default_rng(0)
    body = np.column_stack([rng.uniform(0, 100, (33, 2)), np.ones(33)])
    xy, _ = to_h36m17(body[:, :2], body[:, 2], "blazepose33")
    dancers = np.stack([xy, xy + np.array([300, 0])]).astype(float)
    free = np.zeros((2, 17), bool)
    assert person_finding.matched([body], dancers, free).tolist() == [True, False]
    assert person_finding.matched([], dancers, free).tolist() == [False, False]
    assert person_finding.matched([body], dancers, ~free).tolist() == [False, False]  # nothing to know them by
    assert person_finding.matched([body, body], dancers[:1], free[:1]).tolist() == [True]
