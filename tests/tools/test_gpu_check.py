"""The check of a machine's GPUs: what it says, and that no check takes others with it."""

import json
import sys

import pytest


@pytest.fixture
def checks(script, tmp_path):
    return script.Checks(tmp_path, minutes=1)


def test_without_a_gpu_it_says_so_in_one_line(script, tmp_path, capsys, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert script.main(["--out", str(tmp_path / "out")]) == 3
    said = capsys.readouterr()
    assert not said.out and len(said.err.splitlines()) == 1 and "sees no CUDA device" in said.err
    assert not (tmp_path / "out").exists()


def test_without_torch_it_says_so_in_one_line(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert script.main(["--out", str(tmp_path)]) == 2
    assert "needs torch" in capsys.readouterr().err


def test_checks_fail_time_out_and_lack_what_they_need_one_by_one(script, checks):
    checks.run("good", ["-c", "print('{\"a\": 1}')"], 30)
    checks.run("bad", ["-c", "raise ValueError('why')"], 30)
    checks.run("lacking", ["-c", "import no_such_package"], 30)
    row, _ = checks.run("slow", ["-c", "import time; time.sleep(60)"], 2)
    assert row.seconds < 30
    checks.end = 0.0
    checks.run("late", ["-c", "pass"], 30)
    assert [(one.check, one.result) for one in checks.rows] == [
        ("good", "passed"),
        ("bad", "failed"),
        ("lacking", "lacks no_such_package"),
        ("slow", "timed out"),
        ("late", "not reached"),
    ]
    assert "ValueError: why" in checks.rows[1].says and not checks.rows[0].says


def test_the_table_and_the_figures_hold_every_check(script, tmp_path, monkeypatch, capsys):
    def act(checks, *rest):
        row, _ = checks.run("trial", ["-c", "pass"], 30)
        row.figures = {"rate": 12345, "of": "targets", "memory_mib": 99.6, "processes": 2, "share": 0.123456}

    monkeypatch.setattr(script, "check_speed", act)
    assert script.main(["--on", "cpu", "--only", "speed", "--out", str(tmp_path)]) == 0
    table = (tmp_path / "gpu-check.md").read_text()
    assert "| trial | passed |" in table and "12,345 targets | 100 | processes 2, share 0.1235 |" in table
    found = json.loads((tmp_path / "gpu-check.json").read_text())
    assert found["checks"][0]["figures"]["rate"] == 12345 and "torch" in found["machine"]["packages"]
    assert "gpu-check.json" in capsys.readouterr().out


def test_a_missing_dependency_is_named(script, monkeypatch):
    monkeypatch.setattr(script, "_version", lambda name: None if name == "wandb" else "1")
    about = script.machine("cpu")
    assert about["missing"] == ["wandb"] and "Not installed: wandb." in script.table(about, [])


def test_what_a_step_learns_from_is_counted_by_the_settings(script):
    assert set(script.PER_STEP) == set(script.STAGES)
    data = {"batch": 4, "chunk": 8, "frames": 10, "moments": 2, "views": 3, "bodies": 5}
    assert {stage: count(data) for stage, (_, count) in script.PER_STEP.items()} == {
        "lift": 32,
        "motion": 40,
        "genre": 4,
        "keypoints": 4,
        "detect": 11,
    }


@pytest.mark.slow
def test_a_stage_trains_on_the_cpu(script, checks):
    script.check_training(checks, "lift", True, 2.0)
    (row,) = checks.rows
    assert row.result == "passed", row.says
    assert row.figures["rate"] > 100 and row.figures["of"] == "targets" and row.figures["steps"] > 5
