import socket

import pytest

from dance3d.cli import main
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.pipeline.store import Store


def test_cache_commands_make_no_folder(tmp_path, capsys):
    cache = str(tmp_path / "cache")
    assert main(["cache", "ls", "--cache", cache]) == 0
    assert main(["cache", "verify", "--cache", cache]) == 0
    assert main(["cache", "gc", "--cache", cache]) == 0
    said = capsys.readouterr().out
    assert f"nothing is kept in {cache}\n" in said and "0 damaged, 0 sound" in said
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


def fill(folder):
    (folder / "0000.npz").write_text("x" * 1000)


def test_push_and_pull_say_what_they_did(tmp_path, capsys):
    cache, store = str(tmp_path / "one"), str(tmp_path / "store")
    made = [Cache(tmp_path / "one").publish(stage, {"n": 1}, fill) for stage in ("lift", "motion")]
    assert main(["cache", "push", store, "--stage", "lift", "--cache", cache]) == 0
    assert f"1 entries (0.0 MB) put into {store}, 0 there already, 0 damaged" in capsys.readouterr().out
    assert main(["cache", "push", store, "--cache", cache, "--days", "3"]) == 0
    assert "1 entries (0.0 MB) put into" in capsys.readouterr().out
    (tmp_path / "store" / "motion" / made[1].key / "0000.npz").write_text("damaged")
    assert main(["cache", "pull", store, "--cache", str(tmp_path / "two")]) == REFUSED
    said = capsys.readouterr().out
    assert f"motion/{made[1].key}"[:30] + " is damaged" in said and "1 entries (0.0 MB) fetched from" in said
    assert main(["cache", "pull", store, "--stage", "lfit", "--cache", cache]) == REFUSED
    assert "no entry is of the stage 'lfit'" in capsys.readouterr().err


def test_a_store_that_fails_in_between_says_how_far_it_came(tmp_path, capsys, monkeypatch):
    cache, store = Cache(tmp_path / "one"), str(tmp_path / "store")
    for number in range(3):
        cache.publish("lift", {"n": number}, fill)
    send, calls = Store.send, []

    def full(self, entry):
        calls.append(entry)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return send(self, entry)

    monkeypatch.setattr(Store, "send", full)
    assert main(["cache", "push", store, "--cache", str(tmp_path / "one")]) == REFUSED
    said = capsys.readouterr()
    assert "ended early: 1 entries" in said.out and "the same command goes on" in said.out and "No space" in said.err
    assert main(["cache", "push", store, "--cache", str(tmp_path / "one")]) == 0
    assert "2 entries" in (said := capsys.readouterr().out) and "1 there already" in said


def test_a_port_that_is_taken_or_none_is_one_line(tmp_path, capsys):
    assert main(["cache", "serve-readonly", "--port", "70000", "--cache", str(tmp_path)]) == REFUSED
    assert "--port 70000: expected 0 to 65535" in capsys.readouterr().err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["cache", "serve-readonly", "--port", port, "--cache", str(tmp_path)]) == REFUSED
    assert f"nothing can listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_serving_says_where_and_ends_with_ctrl_c(tmp_path, capsys, monkeypatch):
    def interrupted(server):
        raise KeyboardInterrupt

    monkeypatch.setattr("dance3d.pipeline.cache_server.CacheServer.serve_forever", interrupted)
    assert main(["cache", "serve-readonly", "--port", "0", "--cache", str(tmp_path)]) == 130
    assert "can be read at http://127.0.0.1:" in capsys.readouterr().out
