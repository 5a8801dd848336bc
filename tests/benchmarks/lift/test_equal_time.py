"""Training at equal time."""

import numpy as np
import pytest

from dance3d.benchmarks.lift.equal_time import NOISES, trained


@pytest.mark.slow
def test_every_way_trains_and_is_scored(data_dir):
    figures = {}
    for piece in trained(2.0, data_dir / "mocap" / "cmu", width=16):
        figures |= piece
    both = [f"{way}.{name}" for way in ("supervised", "quick", "unsupervised") for name in NOISES]
    for row in (*both, "reference.gt"):
        for metric in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve"):
            assert np.isfinite(figures[f"trained.{row}.{metric}"])
    assert figures["trained.supervised.gt.mpjpe"] < 260  # the mean pose has 200
