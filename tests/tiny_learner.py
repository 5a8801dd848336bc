"""A learner of tiny runs."""

from dance3d.pipeline.cache import Cache
from dance3d.pipeline.runner import Runner
from dance3d.training.learner import Learner


def learner(tmp_path, source="synth", **given):
    return Learner(Runner(Cache(tmp_path / "cache")), source, tiny=True, runs=tmp_path / "runs", **given)
