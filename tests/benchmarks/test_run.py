"""``dance3d bench``: figures of a stage as a table and as JSON."""

import json

import pytest

from dance3d.benchmarks import run as module
from dance3d.benchmarks.run import bench, nested


def test_dotted_names_nest():
    assert nested({"a.b.c": 1.0, "a.d": 2.0, "e": 3.0}) == {"a": {"b": {"c": 1.0}, "d": 2.0}, "e": 3.0}
    assert nested({"a": 1.0, "a.b": 2.0}) == {"a": {"value": 1.0, "b": 2.0}}


def test_figures_are_written_flat_and_nested(tmp_path, monkeypatch):
    asked = []

    def resolve(path):
        return lambda data, predict: asked.append((path, data)) or {"default.gt.mpjpe": 50.5}

    monkeypatch.setattr(module, "resolve", resolve)
    bench(["lift"], tmp_path, tmp_path / "f.json")
    written = json.loads((tmp_path / "f.json").read_text())
    assert written["default.gt.mpjpe"] == 50.5 and written["default"]["gt"]["mpjpe"] == 50.5
    bench(["lift", "genre"], None, tmp_path / "g.json")
    assert json.loads((tmp_path / "g.json").read_text())["genre.default.gt.mpjpe"] == 50.5
    assert [data for _, data in asked] == [tmp_path, None, None]


def test_what_cannot_be_measured_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not a folder"):
        bench(["lift"], tmp_path / "none", None)
    with pytest.raises(ValueError, match="'lifts' is not known; choose from"):
        bench(["lifts"], None, None)


def test_figures_that_need_a_budget_come_piece_by_piece_and_only_when_asked_for(tmp_path, monkeypatch):
    out = tmp_path / "f.json"

    def trials(budget, predict):
        yield {"trained.a": budget}
        assert json.loads(out.read_text())["trained.a"] == budget  # kept, whatever comes later
        yield {"trained.b": 2.0}

    found = {"bench": lambda data, predict: {"default.a": 1.0}, "trials": trials}
    monkeypatch.setattr(module, "resolve", lambda path: found[path.partition(":")[2]])
    assert bench(["lift"], None, out, 30.0) == {"default.a": 1.0, "trained.a": 30.0, "trained.b": 2.0}
    assert bench(["lift"], None, None) == bench(["lift"], tmp_path, None, 30.0) == {"default.a": 1.0}
    with pytest.raises(ValueError, match="--budget is -1"):
        bench(["lift"], None, None, -1.0)
