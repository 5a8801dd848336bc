"""P2: a change makes again what depends on it, and nothing else.

Fails where a key knows only a stage's own file and not the helpers that it imports, where comments count, or where a
stage's settings are not part of its key (mutations/p02.yaml).
"""

import re
import shutil

import numpy as np
import pytest
from toy_chain import STAGES

from dance3d.cli import main
from dance3d.io import weights as stored
from dance3d.pipeline import fingerprint as module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.fingerprint import fingerprint
from dance3d.pipeline.given import Given
from dance3d.pipeline.runner import Runner
from dance3d.registry import route
from dance3d.training.learner import Learner

ALL, NONE = set(STAGES), set()
FROM_LIFT, FROM_MOTION = {"lift", "motion", "genre"}, {"motion", "genre"}


@pytest.mark.parametrize(
    ("settings", "made"),
    [
        ({}, NONE),
        ({"keypoints": {"smooth": False}}, ALL),
        ({"lift": {"height": 1.7}}, FROM_LIFT),
    ],
)
def test_a_setting_costs_its_stage_and_what_follows(chain, settings, made):
    chain.run(settings=settings)
    assert set(chain.calls) == made


def test_weights_cost_their_stage_and_what_follows(chain):
    stored.save(chain.folder / "own.safetensors", {"w": np.ones(3, np.float32)}, "motion", {})
    chain.run(weights={"motion": chain.folder / "own.safetensors"})
    assert set(chain.calls) == FROM_MOTION


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "TZ"])
def test_how_many_devices_and_threads_there_are_and_what_is_told_costs_nothing(chain, monkeypatch, variable):
    monkeypatch.setenv(variable, "3")
    words = ["run", str(chain.video), "-o", str(chain.out), "--cache", str(chain.folder / "cache"), "-v"]
    assert main(words) == 0 and chain.calls == []


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the package whose files may be edited, which the keys are made of."""
    root = tmp_path_factory.mktemp("package") / "dance3d"
    shutil.copytree(module.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROOT", root)
        yield root
    fingerprint.cache_clear()


def _keys():
    fingerprint.cache_clear()
    runner = Runner(Cache(None))
    done = {"video": Given("video", lambda: None)}
    for name in route("lift"):
        done[name] = Given(key_of(runner.components(name, done)), lambda: None)
    return {name: done[name].key for name in route("lift")}


def _comment(text):
    return "# a comment\n" + text.replace("\n\n\n", "\n\n\n# another\n\n\n")


def _docstring(text):
    return re.sub(r'^"""', '"""Other words. ', text, count=1)


def _line(text):
    return text + "\nEXTRA = 1\n"


@pytest.mark.parametrize(
    ("file", "change", "missed"),
    [
        ("stages/lift/predict.py", _line, FROM_LIFT),
        ("stages/lift/postprocess/floor_contact.py", _line, FROM_LIFT),  # a helper
        ("skeleton.py", _line, ALL),  # a helper two imports away
        ("timeseries/segments.py", _line, FROM_MOTION | ALL),
        ("movement_types/vocabulary.yaml", lambda text: text + "\nextra: 1\n", FROM_MOTION),
        ("stages/genre/predict.py", _line, {"genre"}),
        ("stages/lift/predict.py", _comment, NONE),
        ("skeleton.py", _docstring, NONE),
        ("stages/detect/inference.py", _line, NONE),  # another stage's code
        ("cli/main.py", _line, NONE),
        ("pipeline/runner.py", _line, NONE),
    ],
)
def test_a_change_of_code_costs_those_that_run_it(tree, file, change, missed):
    before, text = _keys(), (tree / file).read_text()
    changed = change(text)
    assert changed != text
    (tree / file).write_text(changed)
    try:
        after = _keys()
    finally:
        (tree / file).write_text(text)
    assert {name for name in before if before[name] != after[name]} == missed


@pytest.mark.parametrize(
    ("overrides", "counts"),
    [
        ({"trainer": {"log_every_n_steps": 3}}, False),
        ({"wandb": "off"}, False),
        ({"seed_everything": 5}, True),
        ({"trainer": {"gradient_clip_val": 0.3}}, True),
    ],
)
def test_of_a_training_counts_what_moves_weights(overrides, counts):
    learner = Learner(Runner(Cache(None)))
    keys = [key_of(learner.components("lift", {}, given)) for given in (None, overrides)]
    assert (keys[0] != keys[1]) == counts
