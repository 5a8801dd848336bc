"""A lock: one at a time, given back by a process that ends, and no harm where there is none."""

import errno
import os
import signal
import threading
import time

import pytest
from lockless_files import no_locks

from dance3d.io.operating_system import lock
from dance3d.pipeline import file_lock
from dance3d.pipeline.file_lock import PATIENCE, locked
from dance3d.pipeline.owner import owner_mark


@pytest.mark.parametrize("locks", [True, False])
def test_one_at_a_time_and_no_file_is_left(tmp_path, monkeypatch, locks):
    inside, most, lost = [0], [0], []
    if not locks:
        monkeypatch.setattr(file_lock, "lock", no_locks)

    def work():
        for _ in range(20):
            with locked(tmp_path / "lock", always=True) as held:
                lost.extend([1] * (not held))
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and not lost and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("locks", [True, False])
def test_a_process_that_is_killed_gives_its_lock_back(tmp_path, monkeypatch, locks):
    if not locks:
        monkeypatch.setattr(file_lock, "lock", no_locks)
    child = os.fork()
    if child == 0:
        with locked(tmp_path / "lock", always=True):
            (tmp_path / "held").touch()
            time.sleep(60)
        os._exit(0)
    while not (tmp_path / "held").exists():
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    began = time.monotonic()
    with locked(tmp_path / "lock", always=True) as held:
        assert held and time.monotonic() - began < 5


def test_where_there_are_no_locks_work_goes_on(tmp_path, monkeypatch):
    with locked(tmp_path / "no such folder" / "lock") as held:
        assert not held
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("link")
    with locked(tmp_path / "pipe"), locked(tmp_path / "link") as held:
        assert not held
    monkeypatch.setattr(file_lock, "lock", no_locks)
    with locked(tmp_path / "lock") as held:
        assert not held
    os.mkfifo(tmp_path / "another pipe")
    for name in ("another pipe", "link"):
        with locked(tmp_path / name, always=True) as held:
            assert not held


THEIRS = "0123456789ab.7.7"


@pytest.mark.parametrize("renewed", [False, True])
def test_without_locks_the_file_of_a_process_elsewhere_counts_while_it_is_renewed(tmp_path, monkeypatch, renewed):
    """Times are those of a host whose clock is years behind: only whether they change counts."""
    monkeypatch.setattr(file_lock, "lock", no_locks)
    theirs, now, looked = tmp_path / "lock", [0.0], []
    theirs.write_text(THEIRS)
    os.utime(theirs, (1, 1))

    def later(seconds):
        now[0] += PATIENCE / 4
        looked.append(now[0])
        if renewed and len(looked) < 20 and theirs.exists():
            os.utime(theirs, (1, 1 + len(looked)))
        assert len(looked) < 100

    monkeypatch.setattr(file_lock.time, "sleep", later)
    monkeypatch.setattr(file_lock.time, "monotonic", lambda: now[0])
    with locked(theirs, always=True) as held:
        assert held and theirs.read_text() == owner_mark()
    assert (20 if renewed else 4) <= len(looked) <= (26 if renewed else 6)


def test_without_locks_our_own_is_renewed_while_it_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(file_lock, "lock", no_locks)
    monkeypatch.setattr(file_lock, "PATIENCE", 0.04)
    with locked(tmp_path / "lock", always=True) as held:
        assert held
        os.utime(tmp_path / "lock", (1, 1))
        end = time.monotonic() + 10
        while (tmp_path / "lock").stat().st_mtime < 2:
            assert time.monotonic() < end
            time.sleep(0.005)
    assert not (tmp_path / "lock").exists()


def test_a_lock_file_that_another_host_removed_is_made_anew(tmp_path, monkeypatch):
    """The handle of a file that is gone from the server gives ESTALE: nobody else's lock is removed for that."""
    calls = []

    def stale(handle):
        calls.append(handle)
        if len(calls) == 1:
            raise OSError(errno.ESTALE, "Stale file handle")
        return lock(handle)

    monkeypatch.setattr(file_lock, "lock", stale)
    with locked(tmp_path / "lock") as held:
        assert held and len(calls) == 2


def test_lock_files_that_are_gone_each_time_do_not_hold_work_up_for_ever(tmp_path, monkeypatch):
    def stale(handle):
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(file_lock, "lock", stale)
    monkeypatch.setattr(file_lock.time, "sleep", lambda seconds: None)
    with locked(tmp_path / "lock") as held:
        assert not held


def test_without_locks_nobody_removes_the_file_of_whoever_has_made_it(tmp_path, monkeypatch):
    monkeypatch.setattr(file_lock, "lock", no_locks)
    with locked(tmp_path / "lock", always=True) as held:
        assert held
        with locked(tmp_path / "lock") as other:
            assert not other
        assert (tmp_path / "lock").read_text() == owner_mark()


def test_where_open_files_stay_the_lock_file_goes_once_it_is_closed(tmp_path, monkeypatch):
    """As on Windows."""
    unlink, closed = file_lock.Path.unlink, []
    close = os.close
    monkeypatch.setattr(file_lock, "OPEN_FILES_STAY", True)
    monkeypatch.setattr(file_lock.os, "close", lambda handle: closed.append(close(handle)))
    monkeypatch.setattr(file_lock.Path, "unlink", lambda path, **how: unlink(path, **how) if closed else 1 / 0)
    with locked(tmp_path / "lock") as held:
        assert held
    assert list(tmp_path.iterdir()) == []
