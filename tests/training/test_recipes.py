"""Recipes: what their files may hold, and the folder that a trained one leaves."""

import numpy as np
import pytest
import yaml

from dance3d.io import weights as stored
from dance3d.io.kept_weights import weights_at
from dance3d.registry import STAGES, route
from dance3d.training import recipes
from dance3d.training.recipes import FOLDER, read_recipe, write_system

TOLD = {"command": "dance3d train --recipe hdvr", "trained_on": "synth"}
OF_THE_PAPERS = {"hdvr", "videopose3d", "videopose3d_semi", "bai", "mask_as_supervision"}


@pytest.fixture
def written(tmp_path):
    """Writes a recipe of one's own and gives its path."""

    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_each_paper_and_dance3d_itself_have_a_recipe_with_a_first_line():
    found = recipes.recipes()
    assert set(found) == OF_THE_PAPERS | {"dance3d", "cross_fitted"} and next(iter(found)) == "dance3d"
    assert all(20 < len(about) <= 140 for about in found.values())


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_a_recipe_that_ships_trains_stages_that_run_in_their_order(name):
    recipe = read_recipe(name)
    order = [stage for stage in route(recipe.pose_from) if stage in recipe.stages]
    assert recipe.name == name and list(recipe.stages) == order and order
    for stage in order:
        assert STAGES[stage].classes(recipe.method(stage)) and "method" not in recipe.settings(stage)


def test_hdvr_is_seeds_then_part_lstms_then_the_last_state():
    recipe = read_recipe("hdvr")
    assert [recipe.method(stage) for stage in ("motion", "genre")] == ["paper", "paper"]
    assert recipe.pipeline["lift"]["method"] == "seeds" or recipe.method("lift"), "no 3D label"


def test_tiny_settings_lie_over_the_others_group_by_group(written):
    recipe = read_recipe(
        written(
            "train: {genre: {}, lift: {method: semi, model: {width: 8, average: 0}}}\ntiny: {lift: {model: {width: 4}}}"
        )
    )
    assert recipe.stages == ("lift", "genre"), "in order of data flow"
    assert recipe.settings("lift") == {"model": {"width": 8, "average": 0}} and recipe.method("lift") == "semi"
    assert recipe.settings("lift", tiny=True) == {"model": {"width": 4, "average": 0}}
    assert recipe.only(["genre"]) == ("genre",) and recipe.only([]) == recipe.stages
    with pytest.raises(ValueError, match="recipe mine does not train motion; it trains lift, genre"):
        recipe.only(["motion"])


def test_the_nets_of_folds_are_trained_as_the_others_but_for_what_is_said(written):
    recipe = read_recipe(
        written("{train: {lift: {model: {width: 8}}}, folds: 3, fold: {lift: {trainer: {max_epochs: 6}}}}")
    )
    assert recipe.folds == 3 and recipe.settings("lift") == {"model": {"width": 8}}
    assert recipe.fold_settings("lift") == {"model": {"width": 8}, "trainer": {"max_epochs": 6}}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is None, expected settings by name"),
        ("trian: {}", "'trian' is not known; choose from train, tiny, folds, fold, sweep, pipeline"),
        ("{train: {motion: {}}, folds: 1}", "folds is 1, expected 2 or more"),
        ("{train: {motion: {}}, fold: {motion: {}}}", "folds is None, expected 2 or more"),
        ("{train: {motion: {}}, folds: 3, fold: {lift: {}}}", "fold: 'lift' is not known; choose from motion"),
        ("train: {}", "train names no stage to train"),
        ("train: [lift]", r"train is \['lift'\], expected settings by name"),
        ("train: {lfit: {}}", "train: stage 'lfit' is not known; choose from keypoints, lift"),
        ("train: {lift: {method: nope}}", "train: method 'nope' of stage lift is not known; choose from"),
        ("{train: {motion: {}}, tiny: {lift: {}}}", "tiny: 'lift' is not known; choose from motion"),
        ("{train: {motion: {}}, pipeline: {lift: {methd: x}}}", "pipeline: stage lift has no setting 'methd'"),
        ("{train: {motion: {}}, pipeline: {pose_from: x}}", "pipeline: poses cannot come from 'x'; choose from"),
        ("{train: {motion: {}}, pipeline: {detect: {}}}", "pipeline: detect does not run; the stages that do are"),
        ("{train: {lift: {}}, pipeline: {lift: {method: seeds}}}", "lift reads no weights, yet it is trained"),
        ("train: {detect: {}}", "train: detect does not run where poses come from lift"),
        ("{train: {lift: {}, motion: {}}, sweep: {a.b: [1]}}", "sweep: it counts only with one stage, not with lift"),
        ("{train: {lift: {}}, sweep: {a.b: 1}}", "sweep: expected lists of values by dotted name"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_by_its_name(written, text, error):
    with pytest.raises(ValueError, match=rf"mine\.yaml.*{error}"):
        read_recipe(written(text))


def test_an_unknown_name_names_the_known():
    with pytest.raises(
        ValueError,
        match=r"recipe 'hdrv' is not known; choose from dance3d, bai, cross_fitted, hdvr, .*, or name a YAML",
    ):
        read_recipe("hdrv")
    with pytest.raises(ValueError, match=r"nowhere\.yaml cannot be read"):
        read_recipe("nowhere.yaml")


def test_what_was_trained_lies_in_one_folder_by_its_content(tmp_path):
    paths = {}
    for stage in ("motion", "genre", "detect"):
        paths[stage] = tmp_path / f"{stage}.safetensors"
        stored.save(paths[stage], {"w": np.zeros(1, np.float32)}, stage, {})
    folder, words = write_system(read_recipe("hdvr"), paths, TOLD, tmp_path / "runs")
    assert words == ["-c", f"{folder}/pipeline.yaml", "--weights", f"motion={folder}", f"genre={folder}"]
    assert yaml.safe_load((folder / "pipeline.yaml").read_text()) == read_recipe("hdvr").pipeline
    assert weights_at("motion", str(folder)).read_bytes() == paths["motion"].read_bytes()
    card = (folder / "README.md").read_text()
    assert " ".join(words) in card and TOLD["command"] in card
    assert write_system(read_recipe("hdvr"), paths, TOLD, tmp_path / "runs")[0] == folder
    stored.save(paths["genre"], {"w": np.ones(1, np.float32)}, "genre", {})
    assert write_system(read_recipe("hdvr"), paths, TOLD, tmp_path / "runs")[0] != folder, "the first is kept"
    folder, words = write_system(
        read_recipe("mask_as_supervision"), {"detect": paths["detect"]}, TOLD, tmp_path / "runs"
    )
    assert (
        yaml.safe_load((folder / "pipeline.yaml").read_text()) == {"pose_from": "detect"} and words[-1][:7] == "detect="
    )
    folder, words = write_system(read_recipe("dance3d"), {"motion": paths["motion"]}, TOLD, tmp_path / "runs")
    assert words == ["--weights", f"motion={folder}"] and not (folder / "pipeline.yaml").exists(), "no settings"
