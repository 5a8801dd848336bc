import numpy as np
import pytest
import torch
from crop_sets import shots

from dance3d.benchmarks.detect import scores as bench
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.model import HourglassNet
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    made = HourglassNet(width=16, depth=8).eval()
    made.config["bones"] = 4.0
    return made


def test_held_out_takes_are_filmed_the_same_every_time(net, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "bench_takes", lambda data: [choreograph("salsa", 0.5, 1)])
    monkeypatch.setattr(bench, "FILMED", 2)
    first, second = (bench.held_out(tmp_path / name, net) for name in "ab")
    assert len(first) == 2 and {line["split"] for line in first.crops.moments} == {"test"}
    np.testing.assert_array_equal(first.crops.image, second.crops.image)


def test_a_net_is_scored_by_its_views_alone_and_together(net, tmp_path):
    found = bench.score(net, MomentDataset(shots(tmp_path, moments=3, views=3)))
    assert {"mpjpe", "p_mpjpe", "ambiguity", "flips"} <= set(found)
    assert all(np.isfinite(value) for value in found.values()) and found["mpjpe"] > found["p_mpjpe"] > 0


def test_supervised_post_processing_helps_and_never_sees_the_test(net, tmp_path):
    fit, test = (
        MomentDataset(shots(tmp_path / name, moments=12, views=3, split=name), name) for name in ("train", "test")
    )
    with pytest.raises(ValueError, match="is fitted on and scored"):
        bench.post_processed(net, fit, test)
    for line in test.crops.moments:
        line["name"] = "another"
    found = bench.post_processed(net, fit, test)
    assert set(found) == {"mpjpe", "n_mpjpe", "p_mpjpe"}
    assert found["mpjpe"] < bench.score(net, test)["mpjpe"]


def test_real_footage_that_is_not_there_leaves_its_figures_out(net, monkeypatch, caplog):
    monkeypatch.setattr(bench, "load", lambda path: net)
    monkeypatch.setattr(bench, "held_out", lambda folder, net, data: None)
    monkeypatch.setattr(bench, "score", lambda net, moments: {"mpjpe": 50.00004})
    monkeypatch.setattr(bench, "fitted_on", lambda folder, net: None)
    monkeypatch.setattr(bench, "post_processed", lambda net, fit, test: {"mpjpe": 40.0})

    def real(net, predict):
        raise ValueError("no such clip")

    monkeypatch.setattr(bench, "real", real)
    assert bench.bench(None, None) == {"full.mpjpe": 50.0, "spp.mpjpe": 40.0}
    assert "no figures of real footage: no such clip" in caplog.text
