from pathlib import Path

import pytest
from fake_wandb_run import finished_runs

from dance3d.benchmarks import run as benchmarks
from dance3d.cli import main


@pytest.fixture
def asked(monkeypatch):
    calls = []
    monkeypatch.setattr(benchmarks, "bench", lambda *given, shown, send: calls.append((*given, shown)) or {})
    return calls


def test_stages_folder_file_and_budget_are_passed_on(asked, capsys):
    assert main(["bench", "lift", "genre", "--data", "d", "--json", "f.json"]) == 0
    assert main(["bench", "lift", "--budget", "5"]) == 0
    assert asked == [
        (["lift", "genre"], Path("d"), Path("f.json"), 600.0, True),
        (["lift"], None, None, 5.0, True),
    ]
    assert capsys.readouterr().out == ""


def test_quiet_prints_the_files_name_alone(asked, capsys):
    assert main(["bench", "lift", "-q", "--json", "f.json"]) == 0
    assert asked[0][-1] is False and capsys.readouterr().out == "f.json\n"
    assert main(["bench", "lift", "-q"]) == 0 and asked[1][-1] is True  # else nothing would be said at all


def test_pictures_are_scored_alone(monkeypatch, tmp_path, capsys):
    from dance3d.benchmarks.keypoints import pictures

    calls = []
    monkeypatch.setattr(pictures, "pictures", lambda *given: calls.append(given) or iter([{"pictures.ap": 0.5}]))
    out = tmp_path / "f.json"
    given = ["--pictures", "a.json", "b.json", "--images", "a", "b", "--backend", "own", "--quality", "fast", "best"]
    assert main(["bench", "keypoints", *given, "--json", str(out), "-q"]) == 0
    assert calls == [([Path("a.json"), Path("b.json")], [Path("a"), Path("b")], ["own"], ["fast", "best"])]
    assert '"pictures.ap": 0.5' in out.read_text() and capsys.readouterr().out == f"{out}\n"
    assert main(["bench", "keypoints", "--pictures", "a.json"]) == 0 and calls[1][1:] == ((), (), ())


def test_figures_of_each_stage_are_a_run_of_wandb(monkeypatch, tmp_path):
    pytest.importorskip("wandb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(benchmarks, "_measured", lambda row, *_: iter([{"a.mpjpe": 1.0}, {"b.mpjpe": 2.0}]))
    assert main(["bench", "lift", "genre", "--wandb", "offline", "-q", "--json", "f.json"]) == 0
    found = finished_runs(tmp_path / "runs/bench", 2)
    assert {(one.about["name"], one.about["job"]) for one in found} == {
        ("lift-bench", "bench"),
        ("genre-bench", "bench"),
    }
    assert all(one.figures["bench/a.mpjpe"] == [1.0] and one.figures["bench/b.mpjpe"] == [2.0] for one in found)


@pytest.mark.parametrize(
    "given",
    [
        ["lift", "--peers", "a.bin", "--wandb", "offline"],
        ["lift", "--pictures", "a.json"],
        ["--pictures", "a.json"],
        ["keypoints", "--pictures", "a.json", "--data", "d"],
        ["keypoints", "--images", "d"],
        ["keypoints", "--backend", "own"],
        ["keypoints", "--quality", "best"],
    ],
)
def test_what_would_be_ignored_is_refused(given, capsys):
    with pytest.raises(SystemExit) as end:
        main(["bench", *given])
    assert end.value.code == 2 and "counts only" in capsys.readouterr().err
