"""The table of machines, from what was found."""

import json
import sys

from dance3d.benchmarks.machines import table


def test_the_figure_is_the_last_one_that_a_config_names():
    assert table.monitored("lift_extremities") == "val/degrees" and table.monitored("motion_2d") == "val/macro_f1"


def test_rows_tell_differences_and_failures(tmp_path, monkeypatch, capsys):
    def trained(name, data, run, **machine):
        if name == "detect" and machine["trainer__precision"] == "bf16-mixed":
            raise RuntimeError("dtypes differ")

    def validated(name, data, run, **machine):
        return {table.monitored(name): 2.0 if machine["trainer__precision"] == "32-true" else 2.5}

    monkeypatch.setattr(table, "write_data", lambda folder: None)
    monkeypatch.setattr(table, "train", trained)
    monkeypatch.setattr(table, "validate", validated)
    found = [("genre", [{"figures": {"val/loss": 2.25}}]), ("detect", [{"error": "ValueError: no"}])]
    monkeypatch.setattr(table, "pair", lambda *args: found)
    table.main(["genre", "detect"])
    *_, genre, detect = capsys.readouterr().out.splitlines()
    assert genre == "| genre | val/loss | 2 | 0.5 | 0.2 |"
    assert detect == "| detect | val/iou | 2 | fails: dtypes differ | fails: ValueError: no |"


def test_a_process_that_ends_is_a_failure_and_the_next_config_gets_others(tmp_path, monkeypatch):
    (tmp_path / "two").mkdir()
    for rank in range(2):
        (tmp_path / f"two/lift.{rank}.json").write_text(json.dumps({"figures": {}}))
    monkeypatch.setattr(sys, "executable", "false")
    found = dict(table.pair(["genre", "lift"], tmp_path / "data", tmp_path / "two", limit=20))
    assert "ended with" in found["genre"][0]["error"] and found["lift"] == [{"figures": {}}] * 2
