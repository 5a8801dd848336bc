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


def test_a_missing_checkpoint_is_told_before_folders_are_made(parsed, tmp_path, caplog):
    made = parsed[1]
    assert main(["detect", "validate", f"--run_folder={tmp_path}"]) == 2 and not made
    assert "validate needs trained weights: none in" in caplog.text
    assert main(["detect", "test", "--ckpt_path", "none.ckpt"]) == 2 and not made
    assert "ckpt_path none.ckpt is no whole checkpoint" in caplog.text


@pytest.mark.parametrize(
    ("content", "says"),
    [("a: [1", "cannot be read as YAML"), ("\xff", "cannot be read as YAML"), ("- a", "holds list, expected settings")],
)
def test_a_yaml_that_cannot_be_used_is_named(parsed, tmp_path, caplog, content, says):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content.encode("latin-1"))
    assert main(["detect", "fit", "-c", str(path)]) == 2
    assert f"dance3d detect: {path} {says}" in caplog.text


def test_an_option_without_its_value_is_one_line(parsed, capsys, caplog):
    assert main(["detect", "fit", "--method"]) == 2
    assert "dance3d detect: argument --method: expected one argument" in caplog.text
    assert not capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["detect", "fit", "-v", "-q"])
    assert capsys.readouterr().err.startswith("dance3d detect: error: argument -q/--quiet: not allowed with")


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
