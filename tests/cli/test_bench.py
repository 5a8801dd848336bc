from pathlib import Path

import pytest

from dance3d.benchmarks import run as benchmarks
from dance3d.cli import main


@pytest.fixture
def asked(monkeypatch):
    calls = []
    monkeypatch.setattr(benchmarks, "bench", lambda *given, shown: calls.append((*given, shown)) or {})
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
