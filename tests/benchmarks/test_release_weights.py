import json

import pytest

from dance3d.benchmarks import release_weights
from dance3d.benchmarks.release_weights import release
from dance3d.io.file_hash import hash_file


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one entry in its manifest, whose stages are all scored alike."""
    figures = {"full.mpjpe": 51.23456, "unsupervised.mpjpe": 80.0, "rules.macro_f1": 0.5}
    renewed = []
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"genre": {"file": "genre.safetensors"}}))
    monkeypatch.setattr(release_weights, "FOLDER", tmp_path)
    monkeypatch.setattr(release_weights, "MANIFEST", manifest)
    monkeypatch.setattr(release_weights, "manifest", lambda: json.loads(manifest.read_text()))
    monkeypatch.setattr(release_weights, "pieces", lambda measure, data: iter([figures]))
    monkeypatch.setattr(release_weights.model_card, "update_card", renewed.append)
    (tmp_path / "trained").write_bytes(b"weights")
    return tmp_path, renewed


def test_weights_lie_in_the_package_with_where_they_come_from(package):
    folder, renewed = package
    release("lift", folder / "trained", str(folder))
    found = json.loads((folder / "manifest.json").read_text())
    assert set(found) == {"genre", "lift"} and renewed == ["lift"]
    assert (folder / "lift.safetensors").read_bytes() == b"weights"
    entry = found["lift"]
    assert entry["sha256"] == hash_file(folder / "trained") and entry["bytes"] == 7
    assert entry["scores"] == {"full.mpjpe": 51.2346}  # not those of another method, nor of the rules
    assert "CMU motion capture" in entry["trained_on"] and "STAGE=lift DATA=" in entry["command"]


def test_another_method_has_weights_and_scores_of_its_own(package):
    folder, _ = package
    release("lift", folder / "trained", str(folder), "unsupervised")
    entry = json.loads((folder / "manifest.json").read_text())["lift-unsupervised"]
    assert entry["scores"] == {"unsupervised.mpjpe": 80.0} and entry["trained_on"].endswith("no 3D label")


def test_the_command_names_the_recipe_that_trained(package):
    folder, _ = package
    release("lift", folder / "trained", str(folder), recipe="cross_fitted")
    entry = json.loads((folder / "manifest.json").read_text())["lift"]
    assert entry["command"].startswith("dance3d train lift --recipe cross_fitted --ship --data ")


def test_what_may_not_ship_is_refused(package):
    folder, _ = package
    with pytest.raises(ValueError, match="only when trained on motion capture that may be shipped, not on 'synth'"):
        release("lift", folder / "trained", "synth")
    with pytest.raises(ValueError, match="method 'semi' of stage lift makes no weights that ship"):
        release("lift", folder / "trained", str(folder), "semi")
