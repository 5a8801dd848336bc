"""Push and pull: what is there is passed over, equal bytes arrive, and damage is left behind and said."""

import os
import time

import pytest

from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST
from dance3d.pipeline.cache_transfer import pull, push
from dance3d.pipeline.store import open_store


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def bytes_of(cache):
    return {folder.name: contents(folder) for folder in cache.entries()}


@pytest.fixture
def cache(tmp_path):
    cache = Cache(tmp_path / "one")
    for number, stage in enumerate(("lift", "lift", "motion")):
        cache.publish(stage, {"n": number}, lambda folder, n=number: (folder / "a").write_bytes(bytes([n]) * 1000))
    return cache


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return open_store(str(tmp_path / "store") if request.param == "folder" else f"memory://transfer-{tmp_path.name}")


def done(steps):
    return [one.done for one in steps]


def test_all_of_it_arrives_once_with_equal_bytes(cache, store, tmp_path):
    first = list(push(cache, store))
    assert done(first) == ["copied"] * 3 and [one.size for one in first] == [1000] * 3
    assert [(one.number, one.of) for one in first] == [(1, 3), (2, 3), (3, 3)]
    assert done(push(cache, store)) == ["there"] * 3
    other = Cache(tmp_path / "two")
    assert done(pull(other, store)) == ["copied"] * 3 and bytes_of(other) == bytes_of(cache) and other.verify() == []
    assert done(pull(other, store)) == ["there"] * 3


def test_only_some_stages_and_only_what_is_young(cache, store, tmp_path):
    old = next(cache.entries())
    os.utime(old / MANIFEST, (time.time() - 10 * 86400,) * 2)
    assert done(push(cache, store, ["lift"], days=2)) == ["copied"] and old.stat()
    assert time.time() - (old / MANIFEST).stat().st_mtime > 9 * 86400, "it is not used by being pushed"
    assert done(push(cache, store)) == ["copied", "there", "copied"]
    other = Cache(tmp_path / "two")
    assert done(pull(other, store, ["motion"], days=1)) == ["copied"] and len(list(other.entries())) == 1
    with pytest.raises(ValueError, match="no entry is of the stage 'lfit'; choose from detect, genre"):
        list(push(cache, store, ["lfit"]))


def test_damage_is_left_behind_on_either_side(cache, tmp_path, caplog):
    store = open_store(str(tmp_path / "store"))
    one, two, _ = cache.entries()
    (one / "a").write_text("damaged")
    assert done(push(cache, store)) == ["damaged", "copied", "copied"]
    (tmp_path / "store" / "lift" / two.name / "a").write_text("damaged")
    other = Cache(tmp_path / "two")
    assert sorted(done(pull(other, store))) == ["copied", "damaged"]


def test_what_was_begun_is_gone_on_with(cache, store, tmp_path, monkeypatch):
    steps = push(cache, store)
    assert next(steps).done == "copied"
    steps.close()
    assert done(push(cache, store)) == ["there", "copied", "copied"]
    other = Cache(tmp_path / "two")
    steps = pull(other, store)
    next(steps)
    steps.close()
    assert done(pull(other, store)) == ["there", "copied", "copied"]


def test_a_store_that_fails_in_between_is_an_error(cache, tmp_path):
    (tmp_path / "store").write_text("a file")
    store = open_store(str(tmp_path / "store"))
    with pytest.raises(OSError, match="store"):
        list(push(cache, store))
    with pytest.raises(ValueError, match="is only read; push to a folder"):
        list(push(cache, open_store("http://127.0.0.1:9")))
    with pytest.raises(OSError, match="refused"):
        list(pull(cache, open_store("http://127.0.0.1:9")))


def test_a_full_disk_here_is_an_error_and_not_a_temporary_copy(cache, store, tmp_path):
    list(push(cache, store))
    (tmp_path / "two").write_text("in the way")
    with pytest.raises(OSError, match="two"):
        list(pull(Cache(tmp_path / "two"), store))


def test_nothing_of_a_store_lands_in_the_folders_that_the_cache_keeps_for_itself(cache, tmp_path):
    store = open_store(str(tmp_path / "store"))
    made = cache.publish("live", {"n": 9}, lambda folder: (folder / "a").touch())
    store.send(made)
    other = Cache(tmp_path / "two")
    assert done(pull(other, store)) == [] and not (tmp_path / "two" / "live" / made.key).exists()
