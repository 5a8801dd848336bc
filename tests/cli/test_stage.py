"""``dance3d STAGE fit``: it learns from what the user says, wherever that stands; nothing is told from a path."""

import json
import shutil

import pytest

from dance3d.cli import main
from dance3d.training import learner
from dance3d.training.fit import CONFIGS
from dance3d.training.stage_cli import StageCLI

MADE = {
    "keypoints": {"crops": ["made-crops", "made-invented"]},
    "detect": {"crops": "made-crops", "invented": "made-invented"},
    "motion": {"index": "made-index", "poses": "made-poses", "truth": "made-truth", "keypoints": "made-keypoints"},
    "genre": {"index": "made-index", "poses": "made-poses", "movements": "made-movements"},
}
OWN = {
    "keypoints": {"crops": "mine"},
    "detect": {"crops": "mine"},
    "motion": {"index": "i.json", "poses": "p", "truth": "t"},
    "genre": {"index": "i.json", "poses": "p", "movements": "m"},
}
LEFT = {"keypoints": {}, "detect": {"invented": ""}, "motion": {"keypoints": ""}, "genre": {}}
"""What the user may leave out, as it then is."""


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    """The settings of each command line, with nothing trained; and which folders were asked for, tiny or not."""
    settings, made = [], []

    def inputs(self, stage):
        made.append((stage, self.tiny))
        return {}, MADE[stage]

    monkeypatch.setenv("DANCE3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(learner.Learner, "inputs", inputs)
    monkeypatch.setattr(StageCLI, "instantiate_classes", lambda self: None)
    monkeypatch.setattr(StageCLI, "_run_subcommand", lambda self, word: settings.append(self.config[word].data))
    monkeypatch.chdir(tmp_path)
    return settings, made


def yaml_file(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))  # every JSON is YAML
    return str(path)


def ways(stage, folder):
    """Every place where a user's own data can be named."""
    own = OWN[stage]
    words = [word for name, value in own.items() for word in (f"--data.{name}", value)]
    whole, data = yaml_file(folder / "mine.yaml", {"data": own}), yaml_file(folder / "data.yaml", own)
    yield ["fit", "-c", whole]
    yield ["fit", f"--config={whole}"]
    yield ["fit", "-c", whole, "-c", yaml_file(folder / "more.yaml", {"optimizer": {"lr": 0.01}})]
    yield ["fit", "-c", yaml_file(folder / "points.yaml", {"data": "data.yaml"})]
    yield ["-c", yaml_file(folder / "top.yaml", {"fit": {"data": own}}), "fit"]
    yield ["fit", *words]
    yield ["fit", *(f"--data.{name}={value}" for name, value in own.items())]
    yield ["fit", "--data", data]
    yield ["fit", "--data", json.dumps(own)]


@pytest.mark.parametrize("stage", MADE)
def test_the_users_data_win_wherever_they_are_named(parsed, tmp_path, stage):
    settings, made = parsed
    for words in list(ways(stage, tmp_path))[:: 1 if stage == "detect" else 5]:
        assert main([stage, *words]) == 0, words
        given = settings.pop()
        for name, value in (OWN[stage] | LEFT[stage]).items():
            assert given[name] == value, words
        assert not made, words


@pytest.mark.parametrize("stage", MADE)
def test_folders_are_made_where_nobody_names_one(parsed, tmp_path, stage):
    settings, made = parsed
    assert (
        main([stage, "fit", "-c", yaml_file(tmp_path / "a.yaml", {"data": {"batch": 2} if stage != "detect" else {}})])
        == 0
    )
    assert made == [(stage, False)]
    assert {name: settings[0][name] for name in MADE[stage]} == MADE[stage]


def test_a_folder_that_goes_with_none_of_the_users_own_is_not_made(parsed, caplog):
    _, made = parsed
    assert main(["detect", "fit", "--data.invented", "mine"]) == 2
    assert not made and "data.crops" in caplog.text
    assert main(["motion", "fit", "--data.index", "mine"]) == 2
    assert not made and "data.truth" in caplog.text


def test_nothing_is_made_for_help_and_nothing_but_defaults_is_printed(parsed, capsys):
    _, made = parsed
    for words in (["fit", "--help"], ["--help"], ["fit", "--print_config"]):
        assert main(["motion", *words]) == 0
    assert not made and "nobody named it" not in capsys.readouterr().out


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
