"""Films are read by the nets of their folds, in order, and those of no fold by the net that ships."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_learner import learner

from dance3d.contracts import Pose3D
from dance3d.io import artefacts
from dance3d.pipeline.given import Given
from dance3d.pipeline.runner import Runner
from dance3d.training.fold_nets import FoldNets


def _pose(value):
    return Pose3D(np.full((2, 17, 3), value), np.ones(2), np.zeros(2), np.arange(2) / 30)


def test_each_film_is_read_by_the_net_of_its_fold(tmp_path, monkeypatch):
    runner = learner(tmp_path).runner
    folds = [1, -1, 0, 1]
    films = runner.ensure_files(
        "films",
        {"films": 1},
        lambda folder: (folder / "index.json").write_text(json.dumps([{"fold": fold} for fold in folds])),
        {},
    )

    def ensure(self, stage, inputs):
        read = self.weights.get(stage, "shipped")
        some = inputs["keypoints"].load()

        def write(folder):
            for number, name in enumerate(some):
                artefacts.save(
                    _pose(10 * ["shipped", "zero", "one"].index(str(read)) + name), folder / f"{number:04d}.npz"
                )

        return self.ensure_files(f"{stage}-{read}", {"read": str(read)}, write, {})

    monkeypatch.setattr(Runner, "ensure", ensure)
    monkeypatch.setattr(Runner, "__init__", _quick_init)
    nets = FoldNets(2, {"lift": ["zero", "one"]}.__getitem__)
    made = nets.read(runner, "lift", films, {"keypoints": Given("k", lambda: [0, 1, 2, 3])})
    assert [one.xyz[0, 0, 0] for one in made.load()] == [20, 1, 12, 23]
    assert "lift" not in runner.weights, "the runner's own nets stay"


def _quick_init(self, cache, settings, weights, report):
    self.cache, self.settings, self.weights, self.report = cache, settings, weights, report


@pytest.mark.slow
def test_a_small_training_is_cross_fitted_from_end_to_end(tmp_path):
    """The recipe that ships: three nets of each stage, none of which saw the films that it reads."""
    from dance3d.training.recipes import read_recipe

    recipe = read_recipe("cross_fitted")
    one = learner(tmp_path)
    one.cross_fit(replace(recipe, folds=2))
    lift = one.train("lift", recipe.settings("lift", tiny=True))
    motion = one.train("motion", recipe.settings("motion", tiny=True))
    assert lift.is_file() and motion.is_file()
    inputs, data = one.inputs("genre")
    lines = json.loads(Path(data["index"]).read_text())
    assert {line["fold"] for line in lines} == {0, 1}
    assert len(inputs["movements"].load()) == len(inputs["poses"].load()) == len(lines)
