"""A lock: one at a time, given back by a process that ends, and no harm where there is none."""

import os
import signal
import threading
import time

import pytest

from dance3d.pipeline import file_lock
from dance3d.pipeline.file_lock import PATIENCE, locked


@pytest.mark.parametrize("locks", [True, False])
def test_one_at_a_time_and_no_file_is_left(tmp_path, monkeypatch, locks):
    inside, most, lost = [0], [0], []
    if not locks:
        monkeypatch.setattr(file_lock, "fcntl", None)

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
        monkeypatch.setattr(file_lock, "fcntl", None)
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
    monkeypatch.setattr(file_lock, "fcntl", None)
    with locked(tmp_path / "lock") as held:
        assert not held
    os.mkfifo(tmp_path / "another pipe")
    for name in ("another pipe", "link"):
        with locked(tmp_path / name, always=True) as held:
            assert not held


def test_without_locks_the_file_of_a_process_elsewhere_counts_for_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(file_lock, "fcntl", None)
    theirs = tmp_path / "lock"
    theirs.write_text("0123456789ab.7.7")
    looked = []

    def older(seconds):
        looked.append(seconds)
        if theirs.exists():
            os.utime(theirs, (time.time() - PATIENCE * len(looked) / 2,) * 2)

    monkeypatch.setattr(file_lock.time, "sleep", older)
    with locked(theirs, always=True) as held:
        assert held and 3 <= len(looked) <= 4
