"""Signs of life: renewed while a process lives, seen from other hosts and containers, and gone with it."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time

import pytest

from dance3d.pipeline import live
from dance3d.pipeline.live import LIVE, clock, hold, others, renewed, sweep
from dance3d.pipeline.owner import ABANDONED, owner_mark

ELSEWHERE = "0123456789ab.7.7"


@pytest.fixture(autouse=True)
def fresh():
    live._forked()
    yield
    live._process.take_leave()
    live._forked()


def mark(root):
    return root / LIVE / owner_mark()


def test_a_mark_says_since_when_and_what_for(tmp_path):
    before = clock(tmp_path)
    assert hold(tmp_path, "lift/a") and hold(tmp_path, "lift/a", "motion/b") and hold(tmp_path)
    began, *entries = mark(tmp_path).read_text().splitlines()
    assert entries == ["lift/a", "motion/b"] and before - 1 <= float(began) <= clock(tmp_path)
    assert list(others(tmp_path)) == [], "our own is not among the others"


def test_the_others_are_read_and_what_is_no_mark_is_not(tmp_path):
    (tmp_path / LIVE).mkdir()
    (tmp_path / LIVE / ELSEWHERE).write_text("12.5\nlift/a\nlift/b\n")
    (tmp_path / LIVE / "0123456789ab.8.8").write_text("17.5")  # as earlier versions wrote it
    (tmp_path / LIVE / "0123456789ab.9.9").write_text("")  # just being written
    (tmp_path / LIVE / f"{ELSEWHERE}-probe").touch()
    os.mkfifo(tmp_path / LIVE / "0123456789ab.1.1")
    assert [user.began for user in others(tmp_path)] == [12.5, 17.5, 0.0]
    assert next(others(tmp_path)).entries == {"lift/a", "lift/b"}
    assert list(others(tmp_path / "none")) == []


def test_it_is_renewed_and_comes_back_if_somebody_took_it_for_dead(tmp_path):
    hold(tmp_path, "lift/a")
    said = mark(tmp_path).read_text()
    os.utime(mark(tmp_path), (0, 0))
    renewed(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", (0, 0))
    live._process.renew()
    assert mark(tmp_path).stat().st_mtime > 1e9 and (tmp_path / "folder").stat().st_mtime > 1e9
    assert mark(tmp_path).read_text() == said
    shutil.rmtree(tmp_path / LIVE)
    live._process.renew()
    assert mark(tmp_path).read_text() == said
    shutil.rmtree(tmp_path / LIVE)
    hold(tmp_path, "lift/b")
    assert mark(tmp_path).read_text() == f"{said}lift/b\n"


def test_a_cache_that_was_removed_does_not_come_back_by_itself(tmp_path):
    hold(tmp_path / "cache", "lift/a")
    shutil.rmtree(tmp_path / "cache")
    live._process.renew()
    assert not (tmp_path / "cache").exists()
    hold(tmp_path / "cache", "lift/b")
    assert mark(tmp_path / "cache").read_text().splitlines()[1:] == ["lift/a", "lift/b"]


def test_a_thread_renews_it_while_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "RENEWED", 0.01)
    hold(tmp_path, "lift/a")
    os.utime(mark(tmp_path), (0, 0))
    end = time.monotonic() + 10
    while mark(tmp_path).stat().st_mtime < 1e9:
        assert time.monotonic() < end
        time.sleep(0.005)
    monkeypatch.undo()


def test_where_no_times_can_be_set_it_is_renewed_all_the_same(tmp_path, monkeypatch):
    hold(tmp_path, "lift/a")
    os.utime(mark(tmp_path), (0, 0))

    def refuse(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "utime", refuse)
    renewed(tmp_path)
    live._process.renew()
    assert mark(tmp_path).stat().st_mtime > 1e9


def test_where_nothing_can_be_written_nobody_can_know(tmp_path):
    (tmp_path / LIVE).write_text("in the way")
    assert not hold(tmp_path, "lift/a") and list(others(tmp_path)) == []


def test_a_fork_has_a_mark_of_its_own(tmp_path):
    hold(tmp_path, "lift/a")
    child = os.fork()
    if child == 0:
        good = hold(tmp_path, "lift/b") and mark(tmp_path).read_text().splitlines()[1:] == ["lift/b"]
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert mark(tmp_path).read_text().splitlines()[1:] == ["lift/a"]
    assert len(list((tmp_path / LIVE).iterdir())) == 2
    sweep(tmp_path)
    assert len(list((tmp_path / LIVE).iterdir())) == 1


def _work(root):
    hold(root, "lift/b")
    assert len(list((root / LIVE).iterdir())) == 1


def test_a_child_of_multiprocessing_takes_leave_too(tmp_path):
    child = multiprocessing.get_context("fork").Process(target=_work, args=(tmp_path,))
    child.start()
    child.join()
    assert child.exitcode == 0 and list((tmp_path / LIVE).iterdir()) == []


def test_work_is_spared_while_its_process_gives_signs_of_life_elsewhere(tmp_path):
    work, sign = tmp_path / "tmp" / f"{ELSEWHERE}-work", tmp_path / LIVE / ELSEWHERE
    work.mkdir(parents=True)
    sign.parent.mkdir()
    sign.write_text("12.5\n")
    os.utime(work, (0, 0))
    sweep(tmp_path)
    assert work.exists() and sign.exists(), "the folder is old, the sign of life is not"
    os.utime(sign, (0, 0))
    sweep(tmp_path)
    assert not work.exists() and not sign.exists()


def test_the_clock_is_that_of_the_file_system(tmp_path, monkeypatch):
    """As where this host's clock is eight days ahead of the file server's."""
    sign = tmp_path / LIVE / ELSEWHERE
    sign.parent.mkdir()
    sign.write_text("12.5\n")
    ahead = time.time() + ABANDONED + 86400
    monkeypatch.setattr(time, "time", lambda: ahead)
    sweep(tmp_path)
    assert sign.exists() and clock(tmp_path) < ahead - ABANDONED
    assert clock(tmp_path / "none") == ahead and not (tmp_path / "none").exists()
    assert [path.name for path in sign.parent.iterdir()] == [ELSEWHERE]


PROGRAM = """
import sys, time
from pathlib import Path
from dance3d.pipeline.cache import Cache
cache, job = Cache(Path(sys.argv[1])), sys.argv[2]
if job == "work":
    def write(folder):
        (folder / "a").write_text("half")
        print("working", flush=True)
        sys.stdin.readline()
        (folder / "b").write_text("whole")
    assert cache.find("lift", sys.argv[3]) is not None
    cache.publish("motion", {"n": 1}, write)
    print(cache.find("lift", sys.argv[3]) is not None, cache.find("motion", sys.argv[4]) is not None)
else:
    cache.find("lift", "none")
    print(len(cache.gc(0)), cache.verify())
"""


def test_two_name_spaces_of_processes_leave_each_other_alone(tmp_path):
    """As two containers that share a cache: in each, the first process has the number 1."""
    from dance3d.pipeline.cache import Cache
    from dance3d.pipeline.cache_entry import key_of

    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody make name spaces of processes")
    cache = Cache(tmp_path)
    for number in range(3):
        cache.publish("lift", {"n": number}, lambda folder: (folder / "a").write_text("x"))
    for folder in cache.entries():
        os.utime(folder / "manifest.json", (0, 0))
    live._process.take_leave()
    used, made = key_of({"n": 1}), key_of({"n": 1})
    command = [*apart, sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen([*command, "work", used, made], stdin=-1, stdout=-1, text=True) as worker:
        assert worker.stdout.readline() == "working\n"
        cleaner = subprocess.run([*command, "clean"], capture_output=True, text=True, check=True)
        assert cleaner.stdout == "2 []\n", "the two that the other does not use"
        assert worker.communicate("\n")[0] == "True True\n"
    assert worker.returncode == 0
