"""Which keys a changed file changes: what is made again, and what is not."""

import shutil
from pathlib import Path

import pytest

from dance3d.pipeline import fingerprint as module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.fingerprint import BESIDE_TRAINING, fingerprint
from dance3d.pipeline.given import Given
from dance3d.pipeline.runner import Runner
from dance3d.registry import STAGES, TRAINABLE
from dance3d.training import fit
from dance3d.training.learner import Learner

OTHERS = {
    "tracks": "dance3d.tracks.edits",
    "report": "dance3d.pipeline.exporters",
    "music": "dance3d.stages.motion.rhythm.music",
    "films": "dance3d.synth.filmed_mocap",
    "crops": "dance3d.synth.crop_sets",
    "examples": "dance3d.training.examples",
}
"""What else is kept by key, beside the stages' outputs and weights, and the module that makes it."""
FROM_LIFT, FROM_MOTION = {"lift", "motion", "genre"}, {"motion", "genre"}
FROM_KEYPOINTS = {"keypoints", *FROM_LIFT}
ALL = {*STAGES}
TRAINED = {*TRAINABLE}

# The changed file; the stages whose output is made again, with all that follow from it; the stages that train again on
# the same data; what else is made again.
TABLE = [
    # a movement type is for those who read or show movements, and for `--only` of the lift
    (
        "movement_types/__init__.py",
        FROM_MOTION,
        {"lift", *FROM_MOTION},
        {"report", "examples"},
    ),  # --only takes movements
    ("movement_types/vocabulary.yaml", FROM_MOTION, {"lift", *FROM_MOTION}, {"report", "examples"}),
    ("contracts/dance.py", FROM_MOTION, {"lift", *FROM_MOTION}, {"report", "examples"}),
    ("contracts/body.py", ALL, TRAINED, {*OTHERS}),
    ("contracts/__init__.py", set(), set(), set()),
    ("skeleton.py", ALL, TRAINED, {*OTHERS}),
    # code of a stage
    ("stages/keypoints/tracking/stitch.py", FROM_KEYPOINTS, set(), set()),
    ("stages/keypoints/detectors/rtmpose.py", FROM_KEYPOINTS, set(), set()),
    ("stages/keypoints/clean.py", FROM_KEYPOINTS, set(), {"tracks"}),
    ("stages/lift/model.py", FROM_LIFT, {"lift"}, set()),
    ("stages/lift/predict.py", FROM_LIFT, set(), set()),
    ("stages/lift/postprocess/floor_contact.py", FROM_LIFT, set(), set()),
    ("stages/lift/augment.py", set(), {"lift"}, set()),
    ("stages/lift/validation_pictures.py", set(), set(), set()),
    ("benchmarks/lift/scores.py", set(), set(), set()),
    ("stages/detect/inference.py", {"detect"}, {"detect"}, set()),
    ("stages/motion/model.py", FROM_MOTION, {"motion"}, set()),
    ("stages/motion/predict.py", FROM_MOTION, set(), set()),
    ("stages/motion/calibration.py", set(), {"motion"}, set()),
    ("stages/motion/rhythm/music.py", set(), set(), {"music"}),
    ("stages/genre/module.py", set(), {"genre"}, set()),
    ("stages/genre/predict.py", {"genre"}, set(), set()),
    ("stages/genre/protocols.py", set(), {"genre"}, set()),
    # what several stages share
    ("losses.py", set(), {"keypoints", "lift", "detect", "motion"}, set()),
    ("metrics/pose.py", set(), {"lift", "detect"}, set()),
    ("metrics/movement_counts.py", set(), {"motion"}, set()),
    ("metrics/__init__.py", set(), set(), set()),
    ("io/video/reader.py", {"detect", *FROM_KEYPOINTS}, set(), {"report"}),
    ("io/video/writer.py", set(), set(), {"report"}),
    ("masks/segmentation/grabcut.py", {"detect"}, set(), set()),
    # which takes train, and how they come
    ("datasets/splits/__init__.py", set(), {"lift"}, {"films", "crops"}),
    ("datasets/splits/cmu.yaml", set(), {"lift"}, {"films", "crops"}),
    ("datasets/loaders.py", set(), TRAINED, set()),
    # how every stage trains
    ("training/lr_schedule.py", set(), TRAINED, set()),
    ("training/checkpoints.py", set(), TRAINED, set()),
    ("training/stage_cli.py", set(), TRAINED, set()),
    ("training/cli_arguments.py", set(), TRAINED, set()),
    ("training/fit.py", set(), TRAINED, set()),
    ("configs/base.yaml", set(), TRAINED, set()),
    ("configs/lift.yaml", set(), {"lift"}, set()),
    # what only shows
    ("training/callbacks/pictures.py", set(), set(), set()),
    ("visualization/wandb_charts.py", set(), set(), set()),
    ("training/callbacks/epoch_lines.py", set(), set(), set()),
    ("visualization/plots/timeline.py", set(), set(), set()),
    ("stages/motion/validation_report.py", set(), set(), set()),
    ("benchmarks/model_card.py", set(), set(), set()),
    ("visualization/skeleton.py", set(), set(), {"report"}),
    ("report/templates/report.html", set(), set(), {"report"}),
    ("report/scripts/space.js", set(), set(), {"report"}),
    ("io/export_files/to_bvh.py", set(), set(), {"report"}),
    # what is filmed to train on; the trainings follow by the keys of their data
    ("synth/virtual_cameras.py", set(), {"lift"}, {"films"}),
    ("synth/crop_dataset.py", set(), set(), {"crops"}),
    ("synth/filmed_mocap.py", set(), set(), {"films"}),
    ("synth/takes.py", set(), set(), {"films", "crops"}),
    # the house around them
    ("tracks/operations.py", set(), set(), {"tracks"}),
    ("registry.py", set(), set(), set()),
    ("cli/main.py", set(), set(), set()),
    ("api.py", set(), set(), set()),
    ("pipeline/runner.py", set(), set(), set()),
    ("training/learner.py", set(), set(), set()),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the package whose files may be edited, which the keys are made of."""
    root = tmp_path_factory.mktemp("package") / "dance3d"
    shutil.copytree(module.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROOT", root)
        patch.setattr(fit, "CONFIGS", root / "configs")
        yield root
    fingerprint.cache_clear()


@pytest.fixture(scope="module")
def before(tree):
    return keys()


def keys() -> dict[str, dict[str, str]]:
    """All keys, each kind by name: of the stages' outputs, of their weights, and of the rest."""
    fingerprint.cache_clear()
    runner = Runner(Cache(None))
    done = {"video": Given("video", lambda: None)}
    for name in STAGES:
        done[name] = Given(key_of(runner.components(name, done)), lambda: None)
    learner = Learner(runner)
    return {
        "outputs": {name: done[name].key for name in STAGES},
        "weights": {name: key_of(learner.components(name, {})) for name in TRAINABLE},
        "others": {name: key_of(components(name, (code,), {})) for name, code in OTHERS.items()},
    }


def change(path: Path) -> str:
    """Edit a file so that what it does changes, and give what it was."""
    text = path.read_text()
    path.write_text(text + {".yaml": "\nextra: 1\n", ".py": "\nEXTRA = 1\n"}.get(path.suffix, "<!-- extra -->"))
    return text


@pytest.mark.parametrize(("file", "outputs", "weights", "others"), TABLE)
def test_what_a_changed_file_makes_again(tree, before, file, outputs, weights, others):
    text = change(tree / file)
    try:
        after = keys()
    finally:
        (tree / file).write_text(text)
    missed = {kind: {name for name in known if known[name] != after[kind][name]} for kind, known in before.items()}
    assert missed == {"outputs": outputs, "weights": weights, "others": others}


@pytest.mark.parametrize(
    ("file", "old", "new", "trains"),
    [
        ("stages/motion/module.py", '"One window of the validation takes"', '"A window"', set()),  # a picture's title
        ("training/stage_cli.py", '"Project in Weights & Biases."', '"Project."', set()),
        ("stages/lift/module.py", "LiftSettings())", "LiftSettings(rigid=False))", set()),
        ("training/lr_schedule.py", '"interval": "step" if', '"interval": "epoch" if', TRAINED),
        ("stages/motion/module.py", '"motion", net, net.config)', '"motion", net, {})', {"motion"}),
        ("configs/base.yaml", "wandb: auto", "wandb: off", set()),
        ("configs/base.yaml", "log_every_n_steps: 20", "log_every_n_steps: 10", set()),
        ("configs/base.yaml", "gradient_clip_val: 1.0", "gradient_clip_val: 2.0", TRAINED),
    ],
)
def test_only_what_moves_weights_trains_again(tree, before, file, old, new, trains):
    text = (tree / file).read_text()
    assert old in text
    (tree / file).write_text(text.replace(old, new))
    try:
        after = keys()["weights"]
    finally:
        (tree / file).write_text(text)
    assert {name for name in after if after[name] != before["weights"][name]} == trains


def test_every_function_beside_training_exists():
    """A name that nobody uses any more would leave out what it was not meant for."""
    code = "\n".join(path.read_text() for path in module.ROOT.rglob("*.py"))
    assert [name for name in sorted(BESIDE_TRAINING) if f"def {name}(" not in code] == []


def test_the_content_of_files_that_settings_name_counts_at_any_depth(tmp_path):
    file = tmp_path / "start.safetensors"
    file.write_bytes(b"1")
    given = {"layers": [{"model": {"start": str(file)}}]}
    first = components("lift-weights", (), {}, given)
    file.write_bytes(b"2")
    assert len(first["files"]) == 1 and components("lift-weights", (), {}, given) != first


@pytest.mark.parametrize("given", [{"model.start": "FILE"}, {"ckpt_path": "FILE"}, {"data.labels": "FILE"}])
def test_so_does_that_of_files_named_by_a_dotted_setting_and_of_a_checkpoint(tmp_path, given):
    path = tmp_path / "a"
    given = {"layers": [dict.fromkeys(given, str(path))]}
    keys = []
    for content in (b"one", b"other"):
        path.write_bytes(content)
        keys.append(components("lift-weights", (), {}, given))
    assert keys[0] != keys[1]


def test_a_key_is_made_of_what_a_manifest_gives_back():
    """So that no difference is told where there is none."""
    parts = components("films", (), {}, {"tempos": (0.75, 1.3)})
    assert parts["settings"] == {"tempos": [0.75, 1.3]}
