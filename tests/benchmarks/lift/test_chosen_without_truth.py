import shutil

import pytest

from dance3d.benchmarks.lift import chosen_without_truth
from dance3d.benchmarks.lift.chosen_without_truth import bench_choice


@pytest.mark.slow
def test_both_scores_are_of_the_same_checkpoints(tmp_path, data_dir, monkeypatch):
    found = iter([(3.0, 90.0), (1.0, 60.0), (2.0, 50.0), (4.0, 95.0)])
    monkeypatch.setattr(chosen_without_truth, "scores", lambda net, data: next(found))
    monkeypatch.setattr(chosen_without_truth, "LOOKS", 4)
    monkeypatch.setattr(chosen_without_truth, "MINUTES", 0.5)
    monkeypatch.setattr(chosen_without_truth, "WIDTH", 8)
    shutil.copytree(data_dir / "mocap" / "bandai", tmp_path / "bandai")
    ticks = iter(range(100_000))
    figures = bench_choice(8.0, tmp_path, now=lambda: float(next(ticks)))
    assert figures == {"choice.rank": pytest.approx(0.8), "choice.chosen": 60, "choice.best": 50, "choice.worst": 95}
