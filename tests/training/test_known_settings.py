"""Every recipe's settings exist, its nets and its data can be built, and it trains; a wrong one is told before."""

import pytest

from dance3d.cli import main
from dance3d.training.known_settings import check_recipe
from dance3d.training.recipes import FOLDER, read_recipe

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_that_ships_has_settings_that_there_are_and_builds_its_stages(name):
    check_recipe(read_recipe(name), tiny=True)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("modle: {}", "train: lift: modle is not known; choose from .*model"),
        ("model: {widht: 8}", r"train: lift: model\.widht is not known; choose from .*width"),
        ("model: {width: wide}", r"train: lift: .*model\.width.*Got value: wide"),
        ("model: 3", "train: lift: model is 3, expected settings by name: .*width"),
        ("model: {taps: []}", "train: lift: "),
        ("run_folder: x", "train: lift: run_folder is not known"),
        ("data: {source: x}", r"train: lift: data\.source counts for nothing here: --data names"),
    ],
)
def test_a_setting_that_there_is_not_is_told_with_the_file_and_the_choices(tmp_path, text, error):
    path = tmp_path / "mine.yaml"
    path.write_text(f"train:\n  lift: {{{text}}}\n")
    with pytest.raises(ValueError, match=rf"mine\.yaml: {error}"):
        check_recipe(read_recipe(str(path)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_recipe_trains_and_says_how_to_run_it(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--recipe", name, "--tiny", "--cache", str(tmp_path / "cache")]) == 0
    said = capsys.readouterr().out.splitlines()
    recipe = read_recipe(name)
    if recipe.sweep:
        assert (tmp_path / said[-1]).read_text().count("\n") == 1 + sum(map(len, recipe.sweep.values()))
        return
    words = said[-1].split()
    assert words[:3] == ["dance3d", "run", "VIDEO"]
    assert [word.partition("=")[0] for word in words[words.index("--weights") + 1 :]] == list(recipe.stages)
    assert main(["train", "--recipe", name, "--tiny", "--cache", str(tmp_path / "cache")]) == 0
    again = capsys.readouterr().out
    assert "working" not in again and said[-1] in again, "the same training is not done twice"
