import shutil

import pytest
from parsed_commands import MADE, make_parsed, yaml_file

from dance3d.cli import main
from dance3d.training.fit import CONFIGS


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    return make_parsed(monkeypatch, tmp_path)


@pytest.mark.parametrize("stage", MADE)
def test_a_tiny_run_is_asked_for_and_not_told_from_a_path(parsed, tmp_path, stage):
    _, made = parsed
    far = tmp_path / "tiny-team" / "tiny.yaml"
    yaml_file(far, {"optimizer": {"lr": 0.01}})
    assert main([stage, "fit", "-c", str(far), "--run_folder", str(tmp_path / "tiny")]) == 0
    assert main([stage, "fit", "-c", f"configs/tiny/{stage}.yaml"]) == 0
    shutil.copy(CONFIGS / "tiny" / f"{stage}.yaml", tmp_path / "small.yaml")
    assert main([stage, "fit", "-c", "small.yaml"]) == 0
    assert main([stage, "fit", "--tiny", "true"]) == 0
    assert main([stage, "fit", "-c", "small.yaml", "--tiny", "false"]) == 0
    assert [tiny for _, tiny in made] == [False, True, True, True, False]


def test_a_method_that_is_read_too_late_is_refused(parsed, tmp_path, caplog):
    settings, _ = parsed
    top = yaml_file(tmp_path / "top.yaml", {"fit": {"method": "semi"}})
    assert main(["lift", "-c", top, "fit"]) == 2 and "say --method semi" in caplog.text and not settings


def test_the_lifters_source_is_its_own_default(parsed):
    settings, made = parsed
    assert main(["lift", "fit"]) == 0 and main(["lift", "fit", "--data.source", "mine"]) == 0
    assert [given.source for given in settings] == ["synth", "mine"] and not made


def test_the_packages_configs_are_found_however_they_are_named(parsed):
    settings, _ = parsed
    for words in (
        ["-c", "configs/tiny/motion.yaml"],
        ["--config=configs/tiny/motion.yaml"],
        ["--config", "tiny/motion"],
    ):
        assert main(["motion", "fit", *words]) == 0
        assert settings.pop().frames == 120
