"""Marks of processes: who is asked, who is believed, and when work counts as left behind."""

import os
import subprocess
import sys
import time

from dance3d.pipeline import owner
from dance3d.pipeline.owner import ABANDONED, ended, leftovers, marked, owner_mark, remove


def test_a_process_that_lives_has_not_ended_however_old_its_work():
    assert not ended(owner_mark(), 0.0)
    assert marked(f"{owner_mark()}-abc") == owner_mark() and marked("1234-abc") == ""


def test_a_process_that_ended_is_known_at_once():
    program = "from dance3d.pipeline.owner import owner_mark; print(owner_mark())"
    mark = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert mark.split(".")[0] == owner_mark().split(".")[0]
    assert ended(mark, time.time())


def test_a_number_given_again_is_not_taken_for_the_process_before():
    place, process, began = owner_mark().split(".")
    if began != "0":
        assert ended(f"{place}.{process}.{int(began) - 1}", time.time())


def test_of_another_host_or_container_only_the_age_counts(monkeypatch):
    other = "0" * 12 + f".{os.getpid()}.1"
    assert not ended(other, time.time() - ABANDONED / 2)
    assert ended(other, time.time() - 2 * ABANDONED)
    mark = owner_mark()
    monkeypatch.setattr(owner, "_place", lambda: "f" * 12)  # seen from elsewhere
    assert not ended(mark.replace(str(os.getpid()), "999999999"), time.time())


def test_only_what_ended_is_left_over_and_only_what_has_a_mark(tmp_path):
    dead = f"{owner_mark().split('.')[0]}.999999999.1"
    for name in (f".x-{dead}-a", f".x-{owner_mark()}-b", ".x-1234-c", f"{dead}-d"):
        (tmp_path / name).mkdir()
    assert [path.name for path in leftovers(tmp_path, ".x-")] == [f".x-{dead}-a"]
    assert list(leftovers(tmp_path / "none")) == []


def test_remove_does_not_follow_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    (tmp_path / "link").symlink_to("folder")
    remove(tmp_path / "link")
    assert (tmp_path / "folder" / "file").exists() and not (tmp_path / "link").is_symlink()
    remove(tmp_path / "folder")
    remove(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_the_numbers_of_another_name_space_are_not_taken_for_ours(monkeypatch):
    """As in a container that sees the host's ``/proc``: the process of our number there is somebody else."""
    monkeypatch.setattr(owner.Path, "readlink", lambda path: owner.Path("1234567"))
    assert owner._state(os.getpid()) == ("", "0") and not ended(owner_mark(), 0.0)


def test_signs_of_life_count_beside_the_time_of_the_work(tmp_path):
    mark = "0" * 12 + ".7.1"
    (tmp_path / "signs").mkdir()
    (tmp_path / "tmp" / f"{mark}-a").mkdir(parents=True)
    now = time.time() + 2 * ABANDONED
    assert list(leftovers(tmp_path / "tmp", now=now, signs=tmp_path / "signs")) == [tmp_path / "tmp" / f"{mark}-a"]
    (tmp_path / "signs" / mark).touch()
    os.utime(tmp_path / "signs" / mark, (now, now))
    assert list(leftovers(tmp_path / "tmp", now=now, signs=tmp_path / "signs")) == []
