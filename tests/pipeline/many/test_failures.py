import csv
import os
from pathlib import Path

from dance3d.pipeline.many import failures as module
from dance3d.pipeline.many.failures import FAILURES, Failures
from dance3d.pipeline.many.job import Outcome


def outcome(out, name, code=0, reason=""):
    return Outcome(out.parent / f"{name}.mp4", out / name, 1.0, None, code, reason)


def read(out):
    with (out / FAILURES).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def saved(out, *outcomes):
    failures = Failures(out)
    for one in outcomes:
        failures.add(one)
    failures.save()
    return failures


def test_failures_are_named_with_reason_and_exit_code(tmp_path):
    out = tmp_path / "out"
    made = saved(out, outcome(out, "a/x", 3, "broken"), outcome(out, "b"), outcome(out, "c\n", 4, "changed"))
    assert (made.done, made.failed) == (1, 2)
    assert read(out) == [
        {"file": "../a/x.mp4", "folder": "a/x", "reason": "broken", "exit_code": "3"},
        {"file": "../c\n.mp4", "folder": "c\n", "reason": "changed", "exit_code": "4"},
    ]


def test_a_video_that_succeeds_later_leaves_and_the_file_goes_with_the_last(tmp_path):
    saved(tmp_path, outcome(tmp_path, "a", 3, "x"), outcome(tmp_path, "b", 3, "y"))
    saved(tmp_path, outcome(tmp_path, "a"), outcome(tmp_path, "c"))
    assert [row["folder"] for row in read(tmp_path)] == ["b"]
    saved(tmp_path, outcome(tmp_path, "b", 4, "z"))
    assert [row["exit_code"] for row in read(tmp_path)] == ["4"]
    saved(tmp_path, outcome(tmp_path, "b"))
    assert not (tmp_path / FAILURES).exists()


def test_without_failures_or_folder_nothing_is_written(tmp_path):
    saved(tmp_path / "out", outcome(tmp_path / "out", "a"))
    assert not (tmp_path / "out" / FAILURES).exists()
    failures = Failures(None)
    failures.add(outcome(Path("x"), "a", 3, "broken"))
    failures.save()
    assert failures.failed == 1


def test_a_name_that_is_no_text_can_be_written(tmp_path):
    saved(tmp_path, outcome(tmp_path, os.fsdecode(b"\xff"), 3, "no \udcff"))
    assert read(tmp_path)[0]["folder"] == "\\udcff"


def test_failures_are_written_down_during_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "EVERY", 0.0)
    Failures(tmp_path).add(outcome(tmp_path, "a", 3, "x"))
    assert len(read(tmp_path)) == 1


def test_a_full_disk_ends_no_run(tmp_path, monkeypatch, caplog):
    def full(path, columns, rows):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_table", full)
    saved(tmp_path, outcome(tmp_path, "a", 3, "x"))
    assert "failures.csv cannot be written (No space left on device)" in caplog.text
