"""What gc removes and what it never takes: all that a process may need, wherever it runs, whatever the times say."""

import os
import time

import pytest

from dance3d.pipeline import cache_gc as module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.live import LIVE

ELSEWHERE = "0123456789ab.7.7"


def fill(folder):
    (folder / "a").write_text("x")


@pytest.fixture
def cache(tmp_path):
    """With three entries, used long ago."""
    cache = Cache(tmp_path)
    for number in range(3):
        cache.publish("lift", {"n": number}, fill)
    for folder in cache.entries():
        os.utime(folder / MANIFEST, (0, 0))
    return cache


def used_elsewhere(cache, *names):
    (cache.root / LIVE / ELSEWHERE).write_text("\n".join([str(time.time()), *names, ""]))


def test_what_another_process_names_is_kept_whatever_its_age(cache):
    one, two, three = cache.entries()
    used_elsewhere(cache, f"lift/{two.name}")
    assert cache.gc(1) == [one, three] and list(cache.entries()) == [two] and cache.verify() == []


def test_what_is_named_while_gc_works_is_put_back(cache, monkeypatch):
    one, two, three = cache.entries()
    calls, look = [], module.others

    def others(root):
        calls.append(root)
        if len(calls) == 2:  # out of the way, and not yet removed
            assert not two.exists()
            used_elsewhere(cache, f"lift/{two.name}")
        return look(root)

    monkeypatch.setattr(module, "others", others)
    assert cache.gc(1) == [one, three] and list(cache.entries()) == [two] and cache.verify() == []
    assert not list((cache.root / "tmp").iterdir())


def test_unfinished_work_that_another_goes_on_with_is_kept(cache):
    one, two, _ = cache.entries()
    pieces = [cache.root / "unfinished" / f"lift-{entry.name}" for entry in (one, two)]
    for folder in pieces:
        folder.mkdir(parents=True)
        os.utime(folder, (0, 0))
    used_elsewhere(cache, f"lift/{two.name}")
    Cache(cache.root).find("lift", "none")  # sweeps, too
    assert pieces[1].exists()
    cache.gc(1)
    assert [folder.exists() for folder in pieces] == [False, True]


def test_the_clock_of_this_host_does_not_count(cache, monkeypatch):
    for folder in cache.entries():
        os.utime(folder / MANIFEST)
    ahead = time.time() + 100 * 86400
    monkeypatch.setattr(time, "time", lambda: ahead)
    assert cache.gc(30) == []


def test_more_entries_than_are_moved_together(tmp_path):
    cache = Cache(tmp_path)
    for number in range(2 * module._TOGETHER + 3):
        cache.publish("lift", {"n": number}, fill)
    assert len(cache.gc(0)) == 2 * module._TOGETHER + 3 and list(cache.entries()) == []
    assert not list((tmp_path / "tmp").iterdir())


def test_entries_that_cannot_be_moved_are_removed_where_they_are(cache):
    (cache.root / "tmp").rmdir()
    (cache.root / "tmp").write_text("in the way")
    assert len(cache.gc(1)) == 3 and list(cache.entries()) == []
