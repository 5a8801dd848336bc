"""The script that makes the shipped nets of others: a recipe for each, and for no other file."""

import pytest

from dance3d.io import fetch


def test_every_net_that_ships_has_a_recipe(script):
    rows = {name: row for name, row in fetch.third_party().items() if row.get("ships") and "int8" not in name}
    assert set(rows) == set(script.RECIPES) & set(fetch.third_party())
    for name, row in rows.items():
        recipe = script.RECIPES[name]
        assert recipe.makes == row["file"]
        assert recipe.package.rpartition("@")[0] in row["source"] and recipe.package.rpartition("@")[2] in row["source"]
        assert all(len(sha256) == 64 for sha256 in recipe.sources.values())


def test_a_source_that_is_another_one_is_refused(script, tmp_path):
    recipe = script.RECIPES["selfie"]
    place = tmp_path / "mediapipe-selfie_segmentation-0.1.1675465747" / next(iter(recipe.sources))
    place.parent.mkdir()
    place.write_bytes(b"another")
    with pytest.raises(ValueError, match="expected"):
        script._sources(recipe, tmp_path)


def test_a_name_that_is_not_known(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["blazepose-lite"])
    assert "choose from movenet-lightning" in capsys.readouterr().err
