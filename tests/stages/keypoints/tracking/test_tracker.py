"""Who is who where everything is known: walkers of given paths and colours, with the faults of a detector."""

import numpy as np
import pytest

from dance3d.contracts.detections import COLOURS, Detections
from dance3d.geometry.boxes import overlap
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import tracking
from dance3d.stages.keypoints.tracking import stitch, tracker
from dance3d.stages.keypoints.tracking.similarity import KAPPA, oks

SIZE = (1280, 720)
REST = {
    "pelvis": (0, 0), "spine": (0, -25), "thorax": (0, -50), "nose": (0, -65), "head": (0, -80),
    "left_hip": (9, 0), "left_knee": (11, 45), "left_ankle": (11, 92),
    "left_shoulder": (15, -50), "left_elbow": (25, -30), "left_wrist": (30, -10),
}  # fmt: skip
REST |= {j.replace("left", "right"): (-x, y) for j, (x, y) in REST.items() if j.startswith("left")}
BODY = np.array([REST[j] for j in H36M17.joints], float)
SWING = np.zeros_like(BODY)
SWING[H36M17.indices("left_wrist", "right_wrist", "left_ankle", "right_ankle"), 0] = (12, -12, -8, 8)


def outfit(number):
    """A histogram with most of its mass in a place of its own."""
    colour = np.full(COLOURS, 0.3 / COLOURS)
    colour[(7 * number) % COLOURS] += 0.7
    return colour


def clip(paths, present=None, colours=None, fps=30.0, time=None, seed=0, noise=1.0, extra=()):
    """Detections of walkers and the true walker of each, from 1; 0 for extras.

    paths: (P, T) x of the pelvis or (P, T, 2). present: (P, T). extra: (frame, xy (17, 2), score, colour).
    """
    rng = np.random.default_rng(seed)
    paths = np.asarray(paths, float)
    if paths.ndim == 2:
        paths = np.stack([paths, np.full_like(paths, 400)], -1)
    people, frames = paths.shape[:2]
    present = np.ones((people, frames), bool) if present is None else present
    time = np.arange(frames) / fps if time is None else time
    colours = [outfit(p) for p in range(people)] if colours is None else colours
    rows = [(t, xy, score, colour, 0) for t, xy, score, colour in extra]
    for p in range(people):
        for t in np.flatnonzero(present[p]):
            body = BODY + paths[p, t] + SWING * np.sin(2 * np.pi * (time[t] + 0.3 * p))
            rows.append((int(t), body + rng.normal(0, noise, body.shape), 0.9, colours[p], p + 1))
    rows.sort(key=lambda row: row[0])
    n = len(rows)
    detections = Detections(
        np.array([r[0] for r in rows], np.int64),
        np.array([r[1] for r in rows], np.float32).reshape(n, *BODY.shape),
        np.array([np.full(len(BODY), r[2]) for r in rows], np.float32).reshape(n, len(BODY)),
        np.array([r[3] for r in rows], np.float32).reshape(n, COLOURS),
        time,
        SIZE,
    )
    return detections, np.array([r[4] for r in rows], np.int64)


def unknown(people):
    return [np.full(COLOURS, np.nan)] * people


def line(start, stop, frames=90):
    return np.linspace(start, stop, frames)


def hidden(a, b, near=30):
    """(2, T) the second is not seen while the first stands before it."""
    there = np.ones((2, len(a)), bool)
    there[1] = np.abs(a - b) > near
    return there


def test_dancers_who_cross_go_on_as_they_moved():
    paths = [line(300, 700), line(700, 300)]
    detections, truth = clip(paths, hidden(*paths), unknown(2))
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    (crossing,) = found.crossings
    assert (crossing.first, crossing.second) == (1, 2) and crossing.sure > 0.8
    assert 30 < crossing.start < 45 < crossing.stop < 60


def test_colours_decide_where_one_turns_back_behind_the_other():
    there = np.concatenate([line(300, 500, 45), line(500, 300, 45)])
    back = np.concatenate([line(700, 500, 45), line(500, 700, 45)])
    paths = [there, back]
    present = hidden(there, back)
    present[0, 43:47] = False  # both are lost for a moment, and seem to have passed each other
    detections, truth = clip(paths, present)
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    assert all(m.sure > 0.8 for m in found.crossings) and found.crossings
    grey, truth = clip(paths, present, [outfit(0)] * 2)
    assert min(m.sure for m in tracker.track(grey).crossings) < 0.9  # nobody can know, and it says so


def test_how_sure_is_how_often_right():
    """Ten times one hides the other, both in grey; twice they turn back, which nobody can know."""
    sure, right = [], []
    for seed in range(10):
        to = 700 if seed % 5 else 300
        first = np.concatenate([line(300, 500, 45), line(500, to, 45)])
        detections, truth = clip([first, 1000 - first], hidden(first, 1000 - first, 40), [outfit(0)] * 2, seed=seed)
        found = tracker.track(detections)
        same = found.person == truth
        sure += [min(m.sure for m in found.crossings)]
        right += [same[0] == same[-1] and same[1] == same[-2]]
    assert 0.5 < np.mean(right) < 1
    assert abs(np.mean(sure) - np.mean(right)) < 0.2  # two standard deviations of ten coins of 0.9
    assert max(sure[::5]) < min(np.delete(sure, [0, 5])) and max(sure) < 0.99


def test_long_clips_are_stitched_block_by_block(monkeypatch):
    """Back and forth for forty seconds: the same dancers whether all pieces are compared at once or few."""
    there = 600 + 300 * np.sin(np.arange(1200) / 25)
    paths = np.stack([there, 1200 - there])
    detections, truth = clip(paths, hidden(*paths))
    for block in (600, 8):
        monkeypatch.setattr(stitch, "BLOCK", block)
        found = tracker.track(detections)
        np.testing.assert_array_equal(found.person, truth)


def test_who_leaves_and_comes_back_is_the_same():
    present = np.ones((2, 240), bool)
    present[1, 60:170] = False
    paths = [line(300, 400, 240), np.concatenate([line(700, 1250, 120), line(1250, 800, 120)])]
    detections, truth = clip(paths, present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_another_in_other_clothes_is_someone_else():
    present = np.ones((2, 240), bool)
    present[0, 100:] = False
    present[1, :140] = False
    paths = [line(300, 1250, 240), line(1250, 300, 240)]
    detections, truth = clip(paths, present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_ghosts_are_nobody():
    rng = np.random.default_rng(5)
    extra = [(t, BODY * 0.7 + rng.uniform(100, 600, 2), 0.5, outfit(5)) for t in range(10, 80, 9)]
    extra += [(t, BODY + np.array([1000, 300]), 0.4, outfit(6)) for t in range(30, 38)]
    extra += [
        (t, BODY + np.array([1100, 500]) + rng.normal(0, 1, BODY.shape), 0.1, outfit(7)) for t in range(90)
    ]  # a coat
    detections, truth = clip([line(300, 400), line(700, 600)], extra=extra)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_a_second_look_is_nobody():
    paths = [line(300, 400), line(700, 600)]
    extra = [(t, BODY + np.array([paths[0][t] + 2, 402]), 0.5, outfit(0)) for t in range(20, 70, 2)]
    detections, truth = clip(paths, extra=extra)
    person = tracker.track(detections).person
    np.testing.assert_array_equal(person[truth > 0], truth[truth > 0])
    assert (person[truth == 0] == 0).all()


def test_a_couple_in_close_hold_stays_two():
    sway = 500 + 20 * np.sin(np.linspace(0, 12, 120))
    detections, truth = clip([sway, sway + 14])
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


@pytest.mark.parametrize("people", [0, 1, 2, 8])
def test_any_number_of_dancers(people):
    paths = np.array([line(100 + 140 * p, 150 + 140 * p) for p in range(people)]).reshape(people, 90)
    detections, truth = clip(paths)
    found = tracker.track(detections)
    np.testing.assert_array_equal(found.person, truth)
    assert found.person.max(initial=0) == people


def test_a_single_frame_counts_from_left_to_right():
    detections, truth = clip([[700.0], [300.0], [1000.0]])
    np.testing.assert_array_equal(tracker.track(detections).person, np.array([0, 2, 1, 3])[truth])


def test_no_more_dancers_than_there_are():
    present = np.ones((3, 150), bool)
    present[2, :90] = False
    detections, truth = clip([line(300, 400, 150), line(700, 600, 150), line(1000, 1100, 150)], present)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)
    np.testing.assert_array_equal(tracker.track(detections, 2).person, np.where(truth == 3, 0, truth))


def test_no_joint_no_dancer():
    detections, _ = clip([line(300, 400, 10)])
    detections.xy[3] = np.nan
    assert tracker.track(detections).person.tolist() == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def test_uneven_times():
    """Two who cross at even speed, filmed so that a third of the frames is missing at the crossing."""
    time = np.concatenate([np.arange(0, 1.3, 1 / 30), 1.3 + np.arange(0, 0.5, 0.15), np.arange(1.9, 3, 1 / 60)])
    paths = [300 + 260 * time, 1080 - 260 * time]
    detections, truth = clip(paths, colours=unknown(2), time=time)
    np.testing.assert_array_equal(tracker.track(detections).person, truth)


def test_size_of_the_picture_and_order_of_detections_do_not_matter():
    paths = [line(300, 700), line(700, 300), line(900, 920)]
    detections, truth = clip(paths)
    person = tracker.track(detections).person
    twice = Detections(
        detections.frame, 2 * detections.xy, detections.score, detections.colour, detections.time, (2560, 1440)
    )
    np.testing.assert_array_equal(tracker.track(twice).person, person)
    order = np.lexsort((np.random.default_rng(1).random(len(truth)), detections.frame))
    np.testing.assert_array_equal(tracker.track(detections.take(order)).person, person[order])
    np.testing.assert_array_equal(person, truth)


def test_oks_is_cocos():
    """One joint off by its own kappa times the body's scale has exp(-1/2), and only joints in view count."""
    a, b = np.zeros((17, 2)), np.zeros((17, 2))
    weight, knee, size = np.zeros(17), H36M17.index("left_knee"), np.array(40.0)
    weight[knee] = 1
    b[knee, 0] = KAPPA[knee] * 40 * np.sqrt(1.8)
    assert oks(a, b, weight, size) == pytest.approx(np.exp(-0.5), rel=1e-5)
    assert oks(a, np.full_like(b, np.nan), weight, size) == 0
    assert overlap(np.array([0, 0, 2, 2]), np.array([1, 0, 3, 2])) == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", [n for n in tracking.TRACKERS if n != "own"])
def test_baselines_follow_dancers_who_stay_apart(name):
    if name != "iou":
        pytest.importorskip("trackers", reason="the extra trackers is not installed")
    detections, truth = clip([line(300, 400), line(700, 600), line(1000, 1010)])
    person = tracking.resolve(name)(detections, None).person
    known = person > 0
    assert known.mean() > 0.9
    assert all(len(np.unique(person[known & (truth == p)])) == 1 for p in (1, 2, 3))
    assert len(np.unique(person[known])) == 3
    assert set(np.unique(tracking.resolve(name)(detections, 2).person)) <= {0, 1, 2}
    assert tracking.resolve(name)(clip(np.zeros((0, 5)))[0], None).person.shape == (0,)


def test_a_package_that_is_not_there_is_named(monkeypatch):
    from dance3d.stages.keypoints.tracking import baselines

    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(baselines, "import_module", missing)
    with pytest.raises(ValueError, match=r"needs trackers: pip install 'dance3d\[trackers\]'"):
        baselines.sort(clip([line(300, 400)])[0])
