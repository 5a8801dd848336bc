"""``dance3d STAGE fit``: it learns from what the user says, wherever that stands; nothing is told from a path."""

import json

import pytest
from parsed_commands import MADE, make_parsed, yaml_file

from dance3d.cli import main

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
    return make_parsed(monkeypatch, tmp_path)


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
