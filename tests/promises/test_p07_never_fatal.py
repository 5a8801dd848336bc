"""P7: no fault of the cache ends a run: it goes on without the cache, says so once, and gives the same results.

Fails where an error in writing below the root is passed on, one in reading, or that of a store (mutations/p07.yaml).
"""

import errno
import os
import shutil
from pathlib import Path

import pytest
from flaky_files import FlakyFiles
from toy_chain import STAGES, make_chain

from dance3d.pipeline import store
from dance3d.pipeline.cache import Cache, default_root
from dance3d.pipeline.cache_entry import MANIFEST


@pytest.fixture
def chain(monkeypatch, tmp_path):
    return make_chain(monkeypatch, tmp_path)


@pytest.fixture
def clean(chain):
    """What a run without any cache gives."""
    chain.run(out=chain.folder / "clean", cache=Cache(None))
    chain.calls.clear()
    return chain.contents(chain.folder / "clean")


def _refusing(monkeypatch, root, code, allowed=0):
    """Let the system refuse to make or write anything below a folder, after some calls."""
    left = [allowed]

    def refuse(function):
        def call(path, *args, **kwargs):
            writes = function is not Path.open or set(str(args[0] if args else kwargs.get("mode", "r"))) & set("wax+")
            if Path(path).is_relative_to(root) and writes:
                left[0] -= 1
                if left[0] < 0:
                    raise OSError(code, os.strerror(code), str(path))
            return function(path, *args, **kwargs)

        return call

    for name in ("mkdir", "open", "write_text", "replace", "touch"):
        monkeypatch.setattr(Path, name, refuse(getattr(Path, name)))


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_root_that_refuses_costs_one_warning(chain, clean, monkeypatch, caplog, code):
    _refusing(monkeypatch, chain.folder / "cache", code)
    chain.run()
    assert chain.contents() == clean and chain.calls == STAGES
    assert caplog.text.count("going on without it") == 1


@pytest.mark.parametrize("calls", [3, 6, 9, 14, 20])
def test_a_disk_that_fills_up_costs_one_warning(chain, clean, monkeypatch, caplog, calls):
    _refusing(monkeypatch, chain.folder / "cache", errno.ENOSPC, calls)
    chain.run()
    assert chain.contents() == clean
    assert caplog.text.count("going on without it") == 1


def test_a_root_that_is_a_file_costs_one_warning(chain, clean, caplog):
    (chain.folder / "cache").write_text("in the way")
    chain.run()
    assert chain.contents() == clean and (chain.folder / "cache").read_text() == "in the way"
    assert caplog.text.count("going on without it") == 1


def test_a_root_that_goes_away_is_made_again(chain, clean):
    cache = Cache(chain.folder / "cache")
    chain.run(cache=cache)
    shutil.rmtree(chain.folder / "cache")
    chain.calls.clear()
    chain.run(cache=cache)
    assert chain.contents() == clean and chain.calls == STAGES
    chain.run()
    assert chain.calls == STAGES


def test_entries_that_cannot_be_read_are_made_again(chain, clean, monkeypatch):
    chain.run()
    (folder,) = (chain.folder / "cache" / "lift").iterdir()
    read = Path.read_text

    def refuse(path, *args, **kwargs):
        if path == folder / MANIFEST:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refuse)
    chain.calls.clear()
    chain.run()
    assert chain.contents() == clean and chain.calls == ["lift"]


def test_a_user_without_a_home_folder_runs_without_a_cache(chain, clean, monkeypatch, caplog):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    for name in ("DANCE3D_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    chain.run(cache=Cache(default_root()))
    assert chain.contents() == clean and "no home folder" in caplog.text


@pytest.mark.parametrize("what", ["read", "send"])
def test_a_store_that_fails_costs_one_warning(chain, clean, monkeypatch, caplog, what):
    files = FlakyFiles()

    def fail(asked, name):
        if asked == what:
            raise OSError(errno.ENOSPC, "No space left on device")

    files.fault = fail
    monkeypatch.setattr(store, "remote_files", lambda url: files)
    store._opened.cache_clear()
    chain.run(cache=Cache(chain.folder / "cache", "flaky://store"))
    store._opened.cache_clear()
    assert chain.contents() == clean and chain.calls[-4:] == STAGES
    assert caplog.text.count("the store flaky://store failed (No space left on device)") == 1
