import sys

import numpy as np
import pytest

from dance3d.benchmarks.genre import boosted_trees


def test_trees_learn_and_say_what_they_need(monkeypatch):
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    genre = np.repeat([0, 2], [60, 20])
    rows = rng.normal(size=(80, 4)) + 3 * genre[:, None]
    prob = boosted_trees.trees(rows, genre, rows, 3)
    assert prob.shape == (80, 3) and (prob.argmax(1) == genre).mean() > 0.95 and not prob[:, 1].any()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install scikit-learn"):
        boosted_trees.trees(rows, genre, rows, 3)
    assert "sklearn" in sys.modules
