"""Typed settings: one place for names, defaults, ranges and meanings, and what values they take."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from dance3d.cli import main
from dance3d.geometry.camera_settings import CameraSettings
from dance3d.pipeline.runner import merge_settings
from dance3d.registry import STAGES
from dance3d.stages.detect.settings import DetectSettings
from dance3d.stages.genre.settings import GenreSettings
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.lift.settings import LiftSettings
from dance3d.stages.motion.settings import MotionSettings
from dance3d.stages.settings import described

EVERY = [one for stage in STAGES.values() for one in described(stage.settings)]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.stage}.{one.name}")
def test_every_setting_has_a_meaning_and_a_default_that_it_may_have(one):
    assert one.meaning and one.stage in STAGES
    assert one.checked(one.default) == one.default


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.stage}.{one.name}")
def test_when_a_setting_counts_is_told_by_others_and_their_values(one):
    kind = STAGES[one.stage].settings
    others = {other.name: other for other in described(kind)}
    for name, value in (*one.rule.only.items(), *one.rule.unless.items()):
        assert name != one.name and others[name].checked(value) == value


def test_a_setting_that_counts_for_nothing_says_when_it_would():
    camera = {"focal": 1000.0}
    assert KeypointSettings().ignored("take") == "with keypoints.backend=file"
    assert KeypointSettings(backend="file").ignored("fps") == "" == KeypointSettings().ignored("detect_size")
    assert KeypointSettings(backend="file").ignored("detect_size") == "without keypoints.backend=file"
    assert LiftSettings.read({"camera": camera}).ignored("field_of_view") == "without lift.camera"
    assert LiftSettings().ignored("field_of_view") == "" == LiftSettings().ignored("proportions")
    assert LiftSettings(method="seeds").ignored("proportions") == "without lift.method=seeds"


def test_a_method_without_a_net_reads_no_weights():
    lift = STAGES["lift"]
    assert [lift.reads_weights(LiftSettings(method=m)) for m in ("tcn", "unsupervised", "seeds")] == [True, True, False]


def test_the_module_of_settings_needs_no_numpy():
    code = "import sys, dance3d.registry; print(sorted({'torch', 'numpy', 'yaml'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "given", "made"),
    [
        (LiftSettings, {"rigid": "no", "floor": 1}, {"rigid": False, "floor": True}),
        (LiftSettings, {"height": "1.7", "field_of_view": 60}, {"height": 1.7, "field_of_view": 60.0}),
        (LiftSettings, {"height": np.float32(1.5), "rigid": np.False_}, {"height": 1.5, "rigid": False}),
        (LiftSettings, {"height": None, "camera": None}, {"height": None, "camera": None}),
        (
            LiftSettings,
            {"camera": {"focal": 500, "up": np.array([0, -1, 0])}},
            {"camera": {"focal": 500.0, "centre": None, "up": [0.0, -1.0, 0.0], "height": None}},
        ),
        (KeypointSettings, {"people": 2.0, "size": [640, 480]}, {"people": 2, "size": [640, 480]}),
        (KeypointSettings, {"skeleton": {"left_knee": "knee1"}}, {"skeleton": {"left_knee": "knee1"}}),
        (KeypointSettings, {"skeleton": "coco17", "take": 5}, {"skeleton": "coco17", "take": "5"}),
        (KeypointSettings, {"model": Path("a.onnx")}, {"model": "a.onnx"}),
        (MotionSettings, {"types": Path("own.yaml")}, {"types": "own.yaml"}),
        (GenreSettings, {"evidence": "0"}, {"evidence": 0}),
    ],
)
def test_values_are_brought_to_the_type_of_the_setting(kind, given, made):
    plain = kind.read(given).plain()
    assert {name: plain[name] for name in made} == made
    for name, value in made.items():
        assert type(plain[name]) is type(value)
    assert kind.read(plain).plain() == plain, "what a run wrote is read again"


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (LiftSettings, {"rigid": "maybe"}, r"lift\.rigid is 'maybe', expected true or false"),
        (LiftSettings, {"rigid": 2}, r"lift\.rigid is 2, expected true or false"),
        (LiftSettings, {"height": "tall"}, r"lift\.height is 'tall', expected a number 0\.5 to 2\.5 metres or null"),
        (LiftSettings, {"height": 10**400}, r"lift\.height is 1000.*0, expected a number"),
        (LiftSettings, {"camera": {"focal": 10**400}}, r"lift\.camera\.focal is 1000.*0, expected a number"),
        (LiftSettings, {"height": True}, r"lift\.height is True, expected a number"),
        (LiftSettings, {"height": 180}, r"lift\.height is 180\.0 metres, expected 0\.5 to 2\.5"),
        (LiftSettings, {"floor": None}, r"lift\.floor is None, expected true or false"),
        (LiftSettings, {"method": "magic"}, r"lift\.method 'magic' is not known; choose from tcn, unsupervised, seeds"),
        (LiftSettings, {"camera": {"focal": "x"}}, r"lift\.camera\.focal is 'x', expected a number"),
        (LiftSettings, {"camera": {"focal": 9, "fov": 3}}, r"lift\.camera has no part 'fov'; its parts are: focal"),
        (LiftSettings, {"camera": 500}, r"lift\.camera is 500, expected a mapping of focal"),
        (LiftSettings, {"hight": 1}, "stage lift has no setting 'hight'; its settings are: method, .*height"),
        (DetectSettings, {"camera": {"focal": 9, "height": 1.5}}, "give detect the dancer's height"),
        (DetectSettings, {"detect_size": 8}, r"detect\.detect_size is 8 pixels, expected at least 64"),
        (DetectSettings, {"foreground": "x"}, r"detect\.foreground 'x' is not known; choose from auto, selfie"),
        (KeypointSettings, {"people": 99}, r"keypoints\.people is 99, expected 1 to 32"),
        (KeypointSettings, {"people": 1.5}, r"keypoints\.people is 1\.5, expected a whole number"),
        (KeypointSettings, {"size": [640]}, r"keypoints\.size is \[640\], expected two whole numbers"),
        (KeypointSettings, {"limit_seconds": 0}, r"keypoints\.limit_seconds is 0\.0 seconds, expected above 0"),
        (KeypointSettings, {"tracker": "x"}, r"keypoints\.tracker 'x' is not known; choose from own, iou"),
        (KeypointSettings, {"format": "x"}, r"keypoints\.format 'x' is not known; choose from npz, openpose"),
        (GenreSettings, {"evidence": -1}, r"genre\.evidence is -1, expected at least 0"),
        (MotionSettings, [1], "settings of motion are .* expected a mapping"),
    ],
)
def test_what_a_setting_cannot_be_is_named_with_the_choices(kind, given, told):
    with pytest.raises(ValueError, match=told):
        kind.read(given)


def test_settings_are_frozen_and_pass_as_they_are():
    own = LiftSettings(height=1.7)
    with pytest.raises(FrozenInstanceError):
        own.height = 1.8
    assert merge_settings({"lift": own})["lift"] is own
    assert LiftSettings(camera=CameraSettings(500)).camera.focal == 500


def test_the_command_line_takes_settings_as_yaml(tmp_path, capsys):
    (tmp_path / "v.mp4").write_bytes(b"no video")
    assert main(["run", str(tmp_path / "v.mp4"), "--set", "lift.rigid=perhaps"]) == 3
    assert "lift.rigid is 'perhaps', expected true or false" in capsys.readouterr().err


def test_the_documented_setting_evidence_is_taken():
    assert merge_settings({"genre": {"evidence": 2}})["genre"].evidence == 2
    assert merge_settings({})["genre"].evidence == 5
