"""P3: killed at any moment, the next run gives what a clean one gives, and what was left behind is collected.

Fails where results are written in place, where ``result.json`` stays while the folder changes, where entries are made
at their place, or where nobody collects unfinished work (mutations/p03.yaml).
"""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from dance3d.pipeline import cache_entry
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.delivery import RESULT, SCHEMA, deliver

CALLS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime", "os.truncate", "chunk"}
"""Opening to read is among them: between it and the call before, a file may be half written."""
COMPONENTS = {"stage": "outputs", "n": 1}
OLD = {"person-1/a.csv": b"old one", "person-2/a.csv": b"old two", "report.html": b"old page"}
DANCER = 20_000 * b"new "


def _chunk():
    sys.audit("chunk")


def _write(folder: Path) -> None:
    (folder / "person-1").mkdir()
    with (folder / "person-1" / "a.csv").open("wb") as file:
        for start in range(0, len(DANCER), len(DANCER) // 4):
            file.write(DANCER[start : start + len(DANCER) // 4])
            file.flush()
            _chunk()
    (folder / "report.html").write_bytes(b"new page")


def _run(root: Path) -> None:
    """What a run does to the disk: an entry is found or made, its files are delivered."""
    cache = Cache(root / "cache")
    entry = cache.find("outputs", key_of(COMPONENTS)) or cache.publish("outputs", COMPONENTS, _write)
    files = {name: entry.folder / name for name in entry.files}
    deliver(root / "out", files, {"schema": SCHEMA, "dancers": [{"person": 1}]})


def _begin(root: Path) -> None:
    """A folder with the results of an earlier run, and a file of the user's."""
    (root / "out").mkdir(parents=True)
    deliver(root / "out", OLD, {"schema": SCHEMA, "dancers": [{"person": 1}, {"person": 2}]})
    (root / "out" / "notes.txt").write_text("mine")


def _tree(folder: Path):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _killed_at(root: Path, count: int) -> bool:
    """Run in a child that is killed before the ``count``-th call on something below ``root``."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    seen = [0]

    def hook(event, arguments):
        if event not in CALLS or (event != "chunk" and not str(arguments[0]).startswith(str(root))):
            return
        seen[0] += 1
        if seen[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    _run(root)
    os._exit(0)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(cache_entry, "sync", lambda path: None)


def test_killed_at_any_call_the_next_run_gives_what_a_clean_one_gives(tmp_path):
    _begin(clean := tmp_path / "clean")
    _run(clean)
    wanted, count = _tree(clean / "out"), 1
    while True:
        _begin(root := tmp_path / str(count))
        killed = _killed_at(root, count)
        after = _tree(root / "out")
        assert after["notes.txt"] == b"mine"
        if RESULT in after:  # then all files are those that it lists
            listed = json.loads(after[RESULT])["files"]
            whole = OLD if "person-2/a.csv" in listed else {"person-1/a.csv": DANCER, "report.html": b"new page"}
            assert {name: after[name] for name in listed} == whole, f"killed at call {count}"
        for name in ("person-1/a.csv", "report.html"):
            assert after.get(name) in (OLD[name], DANCER, b"new page"), f"{name} is half written at call {count}"
        _run(root)
        assert _tree(root / "out") == wanted, f"killed at call {count}"
        assert list((root / "cache" / "tmp").iterdir()) == [] and Cache(root / "cache").verify() == []
        assert {p.name for p in (root / "out").iterdir()} == {"notes.txt", "person-1", "report.html", RESULT}
        if not killed:
            break
        count += 1
    assert count > 25
