import pytest

from dance3d.cli import main
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.exit_codes import REFUSED


def test_cache_commands_make_no_folder(tmp_path, capsys):
    cache = str(tmp_path / "cache")
    assert main(["cache", "ls", "--cache", cache]) == 0
    assert main(["cache", "verify", "--cache", cache]) == 0
    assert main(["cache", "gc", "--cache", cache]) == 0
    assert "0 damaged, 0 sound" in capsys.readouterr().out
    assert not (tmp_path / "cache").exists()


def test_verify_names_each_damage_and_goes_on(tmp_path, capsys):
    cache = Cache(tmp_path)
    made = [cache.publish("lift", {"n": n}, lambda folder: (folder / "0000.npz").touch()) for n in range(4)]
    (made[0].folder / MANIFEST).unlink()
    (made[1].folder / MANIFEST).unlink()
    (made[1].folder / MANIFEST).symlink_to(MANIFEST)
    (made[2].folder / "0000.npz").write_text("x")
    assert main(["cache", "verify", "--cache", str(tmp_path)]) == REFUSED
    said = capsys.readouterr().out
    for entry, fault in zip(made, ("no manifest", "it is no file", "is not what was written"), strict=False):
        line = next(line for line in said.splitlines() if entry.key[:16] in line)
        assert fault in line and line.endswith("put aside")
    assert "3 damaged, 1 sound" in said
    assert main(["cache", "verify", "--cache", str(tmp_path)]) == 0


@pytest.mark.parametrize("days", ["-5", "nan"])
def test_days_that_are_none_are_refused(tmp_path, capsys, days):
    assert main(["cache", "gc", "--days", days, "--cache", str(tmp_path)]) == REFUSED
    assert "expected 0 or more" in capsys.readouterr().err
