"""Weights by name: from a file, a folder or a repository, checked by what lies beside them."""

import json

import numpy as np
import pytest
from fake_hub import make_hub

from dance3d.benchmarks import model_card
from dance3d.io import weights
from dance3d.io.kept_weights import Shelf, put, row, shelf, weights_at

TOLD = {"license": "MIT", "commercial_ok": True, "trained_on": "takes", "command": "train", "scores": {}}


@pytest.fixture
def file(tmp_path):
    weights.save(tmp_path / "mine.safetensors", {"w": np.ones(3, np.float32)}, "lift", {"a": 1})
    return tmp_path / "mine.safetensors"


@pytest.fixture(params=["folder", "repository"])
def place(request, tmp_path, monkeypatch):
    make_hub(monkeypatch, tmp_path / "fetched")
    return "hf://lab/lifters" if request.param == "repository" else str(tmp_path / "kept")


def test_what_is_put_is_found_by_name_with_equal_bytes(file, place):
    made = row("lift", file, TOLD)
    named = put(place, shelf(place), file, made, "card")
    assert named.startswith(place)
    for where in (place, named):
        found = weights_at("lift", where)
        assert found.read_bytes() == file.read_bytes() and found.name == "lift.safetensors"
    rows, card, _ = shelf(place)
    assert rows == {"lift": made} and card == "card"
    weights.load(found, "lift")


def test_weights_of_another_stage_join_them(file, place, tmp_path):
    put(place, shelf(place), file, row("lift", file, TOLD), "one")
    weights.save(tmp_path / "m", {"w": np.zeros(3, np.float32)}, "motion", {})
    put(place, shelf(place), tmp_path / "m", row("motion", tmp_path / "m", TOLD), "both")
    assert set(shelf(place).rows) == {"lift", "motion"} and shelf(place).card == "both"
    assert weights_at("lift", place).is_file() and weights_at("motion", place).is_file()


def test_a_file_is_itself_and_a_folder_without_rows_will_do(file, tmp_path):
    assert weights_at("lift", str(file)) == file and weights_at("lift", str(tmp_path / "none")) == tmp_path / "none"
    file.rename(tmp_path / "lift.safetensors")
    assert weights_at("lift", str(tmp_path)) == tmp_path / "lift.safetensors"
    with pytest.raises(ValueError, match=r"holds no weights of motion: no file motion.safetensors; it holds lift"):
        weights_at("motion", str(tmp_path))


def test_the_folder_of_a_training_will_do(file, tmp_path):
    file.rename(tmp_path / "weights.safetensors")
    assert weights_at("lift", str(tmp_path)) == tmp_path / "weights.safetensors"


def test_what_is_not_as_its_row_says_is_refused(file, tmp_path):
    place = str(tmp_path / "kept")
    put(place, Shelf({}, "", ""), file, row("lift", file, TOLD), "card")
    path = tmp_path / "kept" / "lift.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError, match=r"lift.safetensors has sha256 .*, expected .*, as its manifest.json says"):
        weights_at("lift", place)
    half = '{"lift": {"bytes": 3, "sha256": "a", '
    for text in ("[]", "{", '{"lift": {"bytes": 3}}', "[" * 100000, half + '"scores": 3}}', half + '"license": []}}'):
        (tmp_path / "kept" / "manifest.json").write_text(text)
        with pytest.raises(ValueError, match=r"its manifest.json cannot be read"):
            weights_at("lift", place)


def test_only_sound_weights_of_that_stage_have_a_row(file, tmp_path):
    with pytest.raises(ValueError, match="holds weights of 'lift', expected 'motion'"):
        row("motion", file, TOLD)
    (tmp_path / "pickle.bin").write_bytes(b"\x80\x04N.")
    with pytest.raises(ValueError, match="cannot be read as weights of lift"):
        row("lift", tmp_path / "pickle.bin", TOLD)


def test_a_place_that_is_a_file_takes_nothing(file):
    with pytest.raises(ValueError, match="is a file, expected a folder or hf://OWNER/REPO"):
        shelf(str(file))


def test_nothing_half_written_is_left_in_a_folder(file, tmp_path, monkeypatch):
    place = tmp_path / "kept"
    put(str(place), Shelf({}, "", ""), file, row("lift", file, TOLD), "card")
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(place), "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        put(str(place), shelf(str(place)), file, row("lift", file, TOLD), "new")
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert json.loads(before["manifest.json"])["lift"]["license"] == "MIT"


def test_rows_of_others_need_not_tell_all(file, tmp_path):
    (tmp_path / "manifest.json").write_text('{"motion": {"bytes": 3, "sha256": "a"}}')
    before = shelf(str(tmp_path))
    assert before.rows["motion"]["license"] == "not told" and before.rows["motion"]["file"] == "motion.safetensors"
    put(str(tmp_path), before, file, row("lift", file, {}), model_card.page("", before.rows, "x"))
    assert set(shelf(str(tmp_path)).rows) == {"lift", "motion"}
