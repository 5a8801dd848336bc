from dance3d.benchmarks.lift import few_labels
from dance3d.benchmarks.lift.few_labels import bench_semi, scores
from dance3d.stages.lift.data import synthetic
from dance3d.stages.lift.model import Lifter


def test_every_method_is_trained_from_the_same_share_of_labels(monkeypatch, tmp_path):
    trained = []

    class Data:
        def __init__(self, **given):
            self.given, self.test_clips = given, ["takes"]

        def setup(self):
            pass

    monkeypatch.setattr(few_labels, "SemiData", Data)
    monkeypatch.setattr(few_labels, "bench_folder", lambda source: source)
    monkeypatch.setattr(few_labels, "_train", lambda module, data, rounds, *_: trained.append((data.given, rounds)))
    monkeypatch.setattr(few_labels, "scores", lambda net, clips: {"mpjpe": float(len(trained))})
    found = bench_semi(0.1, (0.01, 0.5), tmp_path)
    methods = ("supervised", "reprojection", "adoption", "invented")
    assert list(found) == [f"semi.{percent}.{method}.mpjpe" for percent in (1, 50) for method in methods]
    assert [given["labelled"] for given, _ in trained] == [0.01] * 4 + [0.5] * 4
    assert [rounds for _, rounds in trained[:4]] == [1, 1, 2, 2]
    assert [given["wandering"] > 0 for given, _ in trained[:4]] == [False, False, False, True]


def test_a_net_is_scored_with_the_protocols_figures():
    clips = synthetic(0.1)[:1]
    found = scores(Lifter(16, (3, 3)).eval(), clips)
    assert set(found) == {"mpjpe", "p_mpjpe", "n_mpjpe"}
    assert found["mpjpe"] >= found["n_mpjpe"] > found["p_mpjpe"] > 0  # each alignment takes more of the error away
