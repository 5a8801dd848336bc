from dance3d.cli import main


def test_cache_commands(tmp_path, capsys):
    cache = str(tmp_path / "cache")
    assert main(["cache", "ls", "--cache", cache]) == 0
    assert main(["cache", "verify", "--cache", cache]) == 0
    assert main(["cache", "gc", "--cache", cache]) == 0
    assert "0 damaged, 0 sound" in capsys.readouterr().out
