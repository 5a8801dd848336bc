"""Unfinished work in the cache: how long it is kept, and who removes it."""

import os
import time

import numpy as np
import pytest

from dance3d.io.pieces import Pieces
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.given import Given
from dance3d.pipeline.runner import Runner
from dance3d.pipeline.unfinished import KEPT, UNFINISHED, outdated, unfinished

DAY = 86400


def make(cache, fails=None, given=None):
    """Make files through a runner, in pieces; where the work went on, or none where it did not work."""
    began = []

    def write(folder):
        pieces = Pieces()
        began.append(pieces.resume(lambda *piece: None))
        for step in (5, 9):
            pieces.write({"x": np.zeros(3)}, began[-1] + step)
        if fails:
            raise fails
        (folder / "a.txt").write_text("done")

    Runner(cache).ensure_files("toy", {"n": 1}, write, {"video": given} if given else {})
    return began


def kept(root):
    """Names of the pieces."""
    return sorted(path.name for path in (root / UNFINISHED).glob("toy-*/*.npz"))


def test_an_error_leaves_it_and_the_entry_takes_its_place(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            make(Cache(tmp_path), KeyboardInterrupt())
    assert len(kept(tmp_path)) == 4
    assert make(Cache(tmp_path)) == [18]
    assert list((tmp_path / UNFINISHED).iterdir()) == []
    assert make(Cache(tmp_path)) == [] and len(list(Cache(tmp_path).entries())) == 1


def test_work_on_an_input_that_changed_is_not_gone_on_with(tmp_path):
    for unchanged, looks in ((False, True), (True, False)):
        given = Given("a", lambda: None, lambda unchanged=unchanged: unchanged, lambda looks=looks: looks)
        with pytest.raises((InputChanged, KeyboardInterrupt)):
            make(Cache(tmp_path), None if not unchanged else KeyboardInterrupt(), given)
        assert kept(tmp_path) == []


def test_without_a_cache_nothing_is_kept(tmp_path):
    cache = Cache(None)
    with pytest.raises(KeyboardInterrupt):
        make(cache, KeyboardInterrupt())
    assert not (cache.root / UNFINISHED).exists()


def test_a_cache_that_cannot_be_written_costs_one_warning(tmp_path, caplog):
    (tmp_path / "cache").write_text("no folder")
    assert make(Cache(tmp_path / "cache")) == [0]
    assert len(caplog.records) == 1 and "going on without it" in caplog.text


def test_a_disk_that_is_full_at_the_end_costs_no_work(tmp_path, monkeypatch):
    def full(*given):
        monkeypatch.undo()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dance3d.pipeline.cache.seal", full)
    assert make(Cache(tmp_path)) == [0]


def test_it_is_kept_while_it_is_fresh(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(Cache(tmp_path), KeyboardInterrupt())
    (folder,) = (tmp_path / UNFINISHED).iterdir()
    (tmp_path / UNFINISHED / "letters").mkdir()
    now = time.time()
    assert outdated(tmp_path, now + 1) == [folder] and outdated(tmp_path, now - 60) == []
    os.utime(folder, (now - 3 * DAY,) * 2)
    assert Cache(tmp_path).gc(7) == [] and kept(tmp_path)
    assert Cache(tmp_path).gc(2) == [folder] and not kept(tmp_path)
    assert (tmp_path / UNFINISHED / "letters").is_dir()


def test_it_is_used_when_somebody_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(Cache(tmp_path), KeyboardInterrupt())
    (folder,) = (tmp_path / UNFINISHED).iterdir()
    os.utime(folder, (time.time() - 3 * DAY,) * 2)

    def look(*_):
        assert Cache(tmp_path).gc(2) == []

    with unfinished(folder, lambda: True):
        assert Pieces().resume(look) == 9


def test_what_nobody_goes_on_with_is_removed_by_a_later_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make(Cache(tmp_path), KeyboardInterrupt())
    (folder,) = (tmp_path / UNFINISHED).iterdir()
    os.utime(folder, (time.time() - KEPT - DAY,) * 2)
    Cache(tmp_path).find("toy", "0" * 64)
    assert not folder.exists()
