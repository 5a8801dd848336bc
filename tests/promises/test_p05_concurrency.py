"""P5: processes that need the same both get the same bytes; work is done once where there are locks, right without.

Fails where a lock is not taken, where an entry is written at its place, or where a process number alone tells whose
unfinished work it is (mutations/p05.yaml).
"""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from lockless_files import no_locks

from dance3d.pipeline import cache_entry, file_lock, owner
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.delivery import RESULT, SCHEMA, deliver

PROCESSES, ROUNDS = 8, 50
TEXT = "one\n" * 500


def _components(number):
    return {"stage": "lift", "n": number}


def _ensure(root: Path, number: int, out: Path | None = None) -> None:
    """What the runner does for one key; one line per work in a file."""

    def write(folder: Path) -> None:
        with (root / "made").open("a") as file:
            file.write(f"{number}\n")
        (folder / "0000.npz").write_text(TEXT)
        time.sleep(0.001)

    cache, key = Cache(root / "cache"), key_of(_components(number))
    entry = cache.find("lift", key)
    if entry is None:
        with cache.lock("lift", key):
            entry = cache.find("lift", key) or cache.publish("lift", _components(number), write)
    assert (entry.folder / "0000.npz").read_text() == TEXT
    if out is not None:
        deliver(out, {"person-1/a.csv": entry.folder / "0000.npz"}, {"schema": SCHEMA, "n": number})


def _together(work, count=PROCESSES, killed=0):
    """Run ``work(number)`` in processes at once, kill some; how many failed of the others."""
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            try:
                work(number)
            except BaseException as error:
                sys.stderr.write(f"{error!r}\n")
                os._exit(1)
            os._exit(0)
        children.append(child)
    time.sleep(0.05 if killed else 0)
    for child in children[:killed]:
        os.kill(child, signal.SIGKILL)
    ends = [os.waitpid(child, 0)[1] for child in children]
    return sum(end != 0 for end in ends[killed:])


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(cache_entry, "sync", lambda path: None)


def _made(root):
    return sorted(map(int, (root / "made").read_text().split()))


def test_eight_processes_make_each_of_fifty_once_and_one_that_is_killed_stops_nobody(tmp_path):
    began = time.monotonic()
    assert _together(lambda number: [_ensure(tmp_path, n) for n in range(ROUNDS)], killed=1) == 0
    made = _made(tmp_path)
    assert set(made) == set(range(ROUNDS)) and len(made) <= ROUNDS + 1  # the killed one may have begun one
    assert time.monotonic() - began < 60 and Cache(tmp_path / "cache").verify() == []
    Cache(tmp_path / "cache").find("lift", "none")
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []


def test_without_locks_all_succeed_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(file_lock, "lock", no_locks)
    assert _together(lambda number: [_ensure(tmp_path, n) for n in range(ROUNDS // 5)]) == 0
    cache = Cache(tmp_path / "cache")
    assert set(_made(tmp_path)) == set(range(ROUNDS // 5)) and cache.verify() == []
    assert len(list(cache.entries())) == ROUNDS // 5 and not (cache.root / "quarantine").exists()


@pytest.mark.parametrize("locks", [True, False])
def test_into_one_folder_of_results_all_succeed_and_it_is_whole(tmp_path, monkeypatch, locks):
    if not locks:
        monkeypatch.setattr(file_lock, "lock", no_locks)
    out = tmp_path / "out"
    out.mkdir()
    assert _together(lambda number: [_ensure(tmp_path, n % 3, out) for n in range(10)], count=4) == 0
    assert sorted(p.name for p in out.iterdir()) == ["person-1", RESULT]
    assert (out / "person-1" / "a.csv").read_text() == TEXT


def test_work_that_goes_on_elsewhere_is_not_swept_away(tmp_path, monkeypatch):
    """As from a container or host where the same process numbers mean other processes."""

    def elsewhere() -> None:
        monkeypatch.setattr("platform.node", lambda: "another host")
        monkeypatch.setattr(owner.os, "kill", _unknown)  # our process number is nobody's there
        owner._place.cache_clear()
        Cache(tmp_path).find("lift", "none")
        Cache(tmp_path).gc(0)

    def write(folder: Path) -> None:
        assert _together(lambda number: elsewhere(), count=1) == 0
        (folder / "0000.npz").write_text(TEXT)

    cache = Cache(tmp_path)
    first = cache.publish("lift", _components(0), lambda folder: (folder / "0000.npz").write_text(TEXT))
    entry = cache.publish("lift", _components(1), write)
    assert entry.folder.is_relative_to(tmp_path) and (first.folder / "0000.npz").exists()


def _unknown(process, number):
    raise ProcessLookupError
