import importlib.util
from pathlib import Path

PATH = Path(__file__).parents[2] / "tools" / "first_run.py"


def test_a_clip_runs_and_a_folder_without_a_report_is_told(monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location("first_run", PATH)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.main() == 0
    assert "left: overlay.mp4, report.html, result.json" in capsys.readouterr().out
    monkeypatch.setattr(script, "run", lambda words: 0)
    assert script.main() == 1
