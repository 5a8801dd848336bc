import numpy as np

from dance3d.benchmarks.keypoints import person_finding
from dance3d.skeleton import to_h36m17


def test_ways_of_finding_are_scored_on_pictures_of_whom_all_is_known(monkeypatch):
    monkeypatch.setattr(person_finding, "_CROWDS", (("stay",) * 2,))
    monkeypatch.setattr(person_finding, "PICTURES", 1)
    monkeypatch.setattr(person_finding, "QUALITIES", ("fast",))
    (figures,) = person_finding.person_finding(None)
    assert figures["finding.fast.plain"] in (0.5, 1.0) and figures["finding.fast.ms"] > 0


def test_a_body_is_the_dancer_whose_free_joints_it_has():
    rng = np.random.default_rng(0)
    body = np.column_stack([rng.uniform(0, 100, (17, 2)), np.ones(17)])
    xy, _ = to_h36m17(body[:, :2], body[:, 2], "coco17")
    dancers = np.stack([xy, xy + np.array([300, 0])]).astype(float)
    free = np.zeros((2, 17), bool)
    assert person_finding.matched([body], dancers, free).tolist() == [True, False]
    assert person_finding.matched([], dancers, free).tolist() == [False, False]
    assert person_finding.matched([body], dancers, ~free).tolist() == [False, False]  # nothing to know them by
    assert person_finding.matched([body, body], dancers[:1], free[:1]).tolist() == [True]
