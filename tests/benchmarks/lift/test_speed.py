"""What the figures of speed are made of; their values are the machine's."""

import math

import pytest

from dance3d.benchmarks.lift import speed as module
from dance3d.benchmarks.lift.speed import speed
from dance3d.stages.lift.model import FEATURES, JOINTS, Lifter


@pytest.mark.slow
def test_every_figure_is_there_and_positive(monkeypatch):
    for name, small in (("WIDTH", 16), ("TRAINED", 16), ("ANSWERS", 64), ("SQUARE", 64)):
        monkeypatch.setattr(module, name, small)
    figures = speed(0.0, "cpu")
    pairs = {f"speed.{n}.{k}" for n in ("train27", "train243") for k in ("targets_per_s", "reference", "ratio")}
    pairs |= {f"speed.dense243.{k}" for k in ("frames_per_s", "reference", "ratio", "fp32.ratio", "same_weights.ratio")}
    pairs |= {f"speed.batches{n}.{k}" for n in ("27", "243", "243.long") for k in ("targets_per_s", "share")}
    assert pairs < figures.keys() and all(math.isfinite(v) and v > 0 for v in figures.values())
    assert figures["speed.dense243.difference_mm"] < 5


def test_operations_are_counted_as_the_layers_do_them():
    net = Lifter(8, (3, 3))
    # 10 frames become 8, then 2; the last layer makes three numbers and three weights per joint
    one = 8 * 8 * 3 * FEATURES + 2 * 8 * (3 * 8 + 8) + 2 * 8 * JOINTS * 6
    assert module._products(net, batch=5, chunk=2) == pytest.approx(2 * 5 * one)
