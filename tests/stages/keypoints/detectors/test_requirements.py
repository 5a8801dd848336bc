import importlib.util

import pytest

from dance3d.io import fetch
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import requirements
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.stages.keypoints.settings import KeypointSettings


@pytest.mark.parametrize(
    "name", [name for name, need in requirements.REQUIREMENTS.items() if need.weights and name != "movenet"]
)
def test_missing_weights_are_named_with_command_and_licence(name, monkeypatch):
    monkeypatch.setattr(requirements, "package", lambda backend: None)
    row = fetch.entry(requirements.REQUIREMENTS[name].weights)
    with pytest.raises(ValueError) as error:
        detectors.resolve(name)()
    assert f"dance3d weights fetch {requirements.REQUIREMENTS[name].weights}" in str(error.value) and row[
        "license"
    ] in str(error.value)
    assert requirements.missing(name) == str(error.value)


def test_nets_that_ship_are_there_and_a_damaged_one_is_named(tmp_path, monkeypatch):
    assert requirements.missing("movenet") == ""
    monkeypatch.setattr(fetch, "SHIPPED", tmp_path)
    assert "movenet-lightning-int8.onnx is missing or not the file" in requirements.missing("movenet")


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_quality_depends_on_its_own_nets_only(quality):
    names = requirements.fetched_weights(KeypointSettings(quality=quality, extremities=False))
    assert set(names) == {QUALITIES[quality].reader, QUALITIES[quality].finder}
    with_feet = requirements.fetched_weights(KeypointSettings(quality=quality))
    assert set(with_feet) - set(names) == {requirements.EXTREMITIES}


@pytest.mark.parametrize("name", requirements.REQUIREMENTS)
def test_missing_packages_are_named(name, monkeypatch):
    monkeypatch.setattr(requirements, "find_spec", lambda package: None)
    why, need = requirements.missing(name), requirements.REQUIREMENTS[name]
    installed = need.package if need.ordinary else f"'dance3d[{name}]'"
    assert f"needs the package {need.package}" in why and f"pip install {installed}" in why


def test_a_mediapipe_without_graphs_is_none_for_the_first_backend(monkeypatch, tmp_path):
    """MediaPipe 1 carries tasks only."""
    (tmp_path / "tasks").mkdir()
    spec = importlib.machinery.ModuleSpec("mediapipe", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(requirements, "find_spec", lambda package: spec)
    assert "0.10.21" in requirements.missing("mediapipe")
    requirements.package("mediapipe-tasks")
