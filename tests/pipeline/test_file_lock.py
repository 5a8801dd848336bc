"""A lock: one at a time, given back by a process that ends, and no harm where there is none."""

import os
import signal
import threading
import time

from dance3d.pipeline import file_lock
from dance3d.pipeline.file_lock import locked


def test_one_at_a_time_and_no_file_is_left(tmp_path):
    inside, most = [0], [0]

    def work():
        for _ in range(20):
            with locked(tmp_path / "lock") as held:
                assert held
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_gives_its_lock_back(tmp_path):
    child = os.fork()
    if child == 0:
        with locked(tmp_path / "lock"):
            (tmp_path / "held").touch()
            time.sleep(60)
        os._exit(0)
    while not (tmp_path / "held").exists():
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    began = time.monotonic()
    with locked(tmp_path / "lock") as held:
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
