import numpy as np
import pytest

from dance3d.metrics.tracking import ALPHAS, IdentifiedBodies, Tracking, by_iou, joined


def bodies(rows, side=10.0):
    """(frame, who, x) as squares: a body of two joints, its corners."""
    rows = sorted(rows, key=lambda row: row[0])
    frame, who = np.array([row[:2] for row in rows], np.int64).reshape(-1, 2).T
    corner = np.array([(row[2], 0.0) for row in rows]).reshape(-1, 2)
    return IdentifiedBodies(frame, who, np.stack([corner, corner + side], 1))


def two(frames):
    """Two true dancers, 1 at 0 and 2 at 100 px."""
    return [(t, who, 100.0 * (who - 1)) for t in range(frames) for who in (1, 2)]


@pytest.fixture
def example():
    """Ten frames: 1 is found as 7 for six frames, then as 8; 2 is found as 9 but for one frame; there is one ghost."""
    found = [(t, 7 if t < 6 else 8, 0.0) for t in range(10)]
    found += [(t, 9, 100.0) for t in range(10) if t != 3] + [(2, 10, 500.0)]
    return Tracking(bodies(two(10)), bodies(found))


def test_idf1_by_hand(example):
    """One matching for all time: 1 is 7 (6 rows), 2 is 9 (9 rows): 15 right of 20 true and of 20 found."""
    assert example.idf1() == {"idf1": 2 * 15 / (20 + 20), "idp": 15 / 20, "idr": 15 / 20}


def test_clear_by_hand(example):
    """19 hits, one miss, one ghost, one switch: MOTA is 1 - 3/20."""
    found = example.clear()
    assert found == {"mota": pytest.approx(1 - 3 / 20), "switches": 1, "recall": 19 / 20, "precision": 19 / 20}


def test_hota_by_hand(example):
    """Every box fits exactly, so every level gives the same.

    19 of 20 true and 20 found agree: DetA 19/21. Association of each hit: 1 and 7 share 6 rows of 10 and 6: 6/10; 1
    and 8 4/10; 2 and 9 9/10. So AssA is (6 * 0.6 + 4 * 0.4 + 9 * 0.9) / 19 = 13.3 / 19 = 0.7.
    """
    found = example.hota()
    assert found["deta"] == pytest.approx(19 / 21) and found["assa"] == pytest.approx(0.7)
    assert found["hota"] == pytest.approx(np.sqrt(19 / 21 * 0.7))


def test_an_exchange_costs_two_switches_and_half_of_idf1():
    found = [(t, who if t < 5 else 3 - who, x) for t, who, x in two(10)]
    tracking = Tracking(bodies(two(10)), bodies(found))
    assert tracking.clear()["switches"] == 2 and tracking.clear()["mota"] == pytest.approx(1 - 2 / 20)
    assert tracking.idf1()["idf1"] == 0.5
    assert tracking.hota()["deta"] == 1 and tracking.hota()["assa"] == pytest.approx(5 / 15)  # 5 of 10 + 10 - 5


def test_the_perfect_tracker_has_full_marks_whatever_its_numbers():
    found = [(t, 40 - who, x) for t, who, x in two(6)]
    assert Tracking(bodies(two(6)), bodies(found)).all() == {
        name: 0 if name == "switches" else pytest.approx(1)
        for name in ("idf1", "idp", "idr", "mota", "switches", "recall", "precision", "hota", "deta", "assa")
    }


def test_nothing_found_is_nothing_right():
    tracking = Tracking(bodies(two(4)), bodies([]))
    figures = tracking.all()
    assert figures["idf1"] == figures["mota"] == figures["hota"] == figures["recall"] == 0
    assert tracking.held([(1, 2, 1, 3)]).tolist() == [0]


def test_place_counts_in_hota_alone():
    """Squares of 10 px, 5 px off: IoU 50 / 150 = 1/3, which 6 of the 19 levels (0.05 to 0.30) take for a match."""
    tracking = Tracking(bodies([(0, 1, 0.0)]), bodies([(0, 1, 5.0)]))
    assert tracking.hota()["hota"] == pytest.approx(6 / len(ALPHAS)) and tracking.idf1()["idf1"] == 0
    assert tracking.clear()["mota"] == -1  # one missed, one ghost, one true
    assert Tracking(bodies([(0, 1, 0.0)]), bodies([(0, 1, 5.0)]), least=0.3).idf1()["idf1"] == 1


def test_who_was_somebody_stays_so_while_near_enough():
    """In frame 1 a better box appears (IoU 1 against 8/12): CLEAR keeps the old one, a plain matching takes the new."""
    truth = bodies([(0, 1, 0.0), (1, 1, 0.0)])
    tracking = Tracking(truth, bodies([(0, 5, 0.0), (1, 5, 2.0), (1, 6, 0.0)]))
    assert tracking.clear() == {"mota": 0.5, "switches": 0, "recall": 1.0, "precision": pytest.approx(2 / 3)}
    assert tracking.found.who[tracking.matched()].tolist() == [5, 6]


def test_a_switch_is_told_across_an_absence():
    """Lost in frame 1, found again as somebody else."""
    tracking = Tracking(bodies([(t, 1, 0.0) for t in range(3)]), bodies([(0, 5, 0.0), (2, 6, 0.0)]))
    assert tracking.clear()["switches"] == 1


def crossing(number, frames=30, start=10, stop=20):
    """Two dancers apart, on one spot, and apart on exchanged sides; found with numbers by (row, dancer)."""
    path = [(t, who, 0.0 if start <= t < stop else 100.0 * (who - 1 if t < start else 2 - who))
            for t in range(frames) for who in (1, 2)]  # fmt: skip
    return Tracking(bodies(path), bodies([(t, number(t, who), x) for t, who, x in path]))


@pytest.mark.parametrize(
    ("number", "held"),
    [
        (lambda t, who: who, 1),
        (lambda t, who: who if t < 20 else 3 - who, 0),  # exchanged
        (lambda t, who: who if t < 20 or who == 1 else 3, 0),  # one of them is somebody new
        (lambda t, who: who if not 10 <= t < 20 else who + 5, 1),  # what happens meanwhile does not count
        (lambda t, who: who if t != 23 else 3 - who, 1),  # nor does a slip in one frame
    ],
)
def test_a_crossing_is_held_if_both_are_who_they_were(number, held):
    assert crossing(number).held([(1, 2, 10, 20)]).tolist() == [held]


def test_a_crossing_without_an_end_is_not_counted():
    assert crossing(lambda t, who: who, frames=20).held([(1, 2, 10, 20)]).tolist() == [-1]


def test_crossings_are_told_from_rows_outside_any_other():
    """Two crossings, exchanged in the second alone: the rows between the two tell."""
    tracking = crossing(lambda t, who: who if t < 25 else 3 - who)
    assert tracking.held([(1, 2, 10, 20), (1, 2, 23, 27)]).tolist() == [1, 0]


def test_joined_clips_share_nobody():
    clip = bodies(two(4))
    both = joined([clip, clip])
    assert len(np.unique(both.who)) == 4 and (np.diff(both.frame) >= 0).all()
    exchanged = IdentifiedBodies(clip.frame, 3 - clip.who, clip.xy)
    assert Tracking(both, joined([clip, exchanged])).idf1()["idf1"] == 1  # numbers of a clip mean nothing in another


def test_a_person_twice_in_a_frame_is_refused():
    with pytest.raises(ValueError, match="found: a person is in a frame twice"):
        Tracking(bodies(two(1)), bodies([(0, 1, 0.0), (0, 1, 3.0)]))


def by_trackeval(truth, found):
    """Figures of TrackEval, whose HOTA is that of the paper's authors, by our names."""
    trackeval = pytest.importorskip("trackeval", reason="pip install trackeval")
    metrics = trackeval.metrics
    like, data = by_iou(truth, found), {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    names, guesses = np.unique(truth.who), np.unique(found.who)
    for frame in range(int(max(truth.frame.max(), found.frame.max())) + 1):
        rows, columns = np.flatnonzero(truth.frame == frame), np.flatnonzero(found.frame == frame)
        data["gt_ids"].append(np.searchsorted(names, truth.who[rows]))
        data["tracker_ids"].append(np.searchsorted(guesses, found.who[columns]))
        data["similarity_scores"].append(like(rows, columns))
    data |= {"num_gt_dets": len(truth.who), "num_tracker_dets": len(found.who)}
    data |= {"num_gt_ids": len(names), "num_tracker_ids": len(guesses)}
    data["num_timesteps"] = len(data["gt_ids"])
    one, clear, hota = (
        kind({"PRINT_CONFIG": False}).eval_sequence(data) for kind in (metrics.Identity, metrics.CLEAR, metrics.HOTA)
    )
    told = {"idf1": one["IDF1"], "idp": one["IDP"], "idr": one["IDR"], "mota": clear["MOTA"]}
    told |= {"switches": clear["IDSW"], "recall": clear["CLR_Re"], "precision": clear["CLR_Pr"]}
    return told | {name.lower(): float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA")}


@pytest.mark.parametrize("seed", range(4))
def test_trackeval_says_the_same_of_a_crowd_that_is_lost_found_and_exchanged(seed):
    rng = np.random.default_rng(seed)
    frames, people = 120, 4
    path = rng.uniform(0, 400, (people, 2)) + np.cumsum(rng.normal(0, 6, (frames, people, 2)), 0)
    body = rng.uniform(-40, 40, (people, 17, 2)) * [1, 2]
    true, found = [], []
    names = np.arange(people)
    for t in range(frames):
        if rng.random() < 0.04:
            names = rng.permutation(names) + people * int(rng.random() < 0.3)
        for p in range(people):
            if rng.random() < 0.95:
                true.append((t, p, path[t, p] + body[p]))
            if rng.random() < 0.85:
                found.append((t, names[p], path[t, p] + body[p] + rng.normal(0, 9, 2)))
    truth, guess = (IdentifiedBodies(*(np.array(each) for each in zip(*rows, strict=True))) for rows in (true, found))
    ours, theirs = Tracking(truth, guess), by_trackeval(truth, guess)
    for name, value in (ours.idf1() | ours.clear()).items():
        assert value == pytest.approx(theirs[name], abs=1e-9), name
    for name, value in ours.hota().items():
        assert value == pytest.approx(theirs[name], abs=0.005), name  # theirs chooses among equals by another product
