"""A store: whole entries only, the manifest last, and never the reason why a run fails."""

import json
import logging
import shutil
import uuid

import pytest
from flaky_files import FlakyFiles
from s3_server import S3Server

from dance3d.pipeline import store as module
from dance3d.pipeline.cache import Cache, default_cache
from dance3d.pipeline.cache_entry import MANIFEST, key_of
from dance3d.pipeline.store import PAUSE, open_store

COMPONENTS = {"stage": "lift", "settings": {"a": 1}, "inputs": {"keypoints": "k"}, "code": "c"}
KEY = key_of(COMPONENTS)
NAMES = {"no text": "\ud800", "long": "a" * 300, "deep": "a/" * 700 + "a", "empty": "", "zero": "a\0b"}
"""Names that no file can have."""


def fill(folder):
    (folder / "0000.npz").write_text("one")
    (folder / "sub").mkdir()
    (folder / "sub" / "more").write_text("one" * 1000)


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def files(monkeypatch):
    """A flaky store, which ``flaky://`` opens."""
    held = FlakyFiles()
    monkeypatch.setattr(module, "remote_files", lambda url: held)
    module._opened.cache_clear()
    yield held
    module._opened.cache_clear()


def cache(folder):
    return Cache(folder, "flaky://store")


def anew(folder):
    """The same in another process: what was said is said again."""
    module._opened.cache_clear()
    return cache(folder)


@pytest.mark.parametrize("kind", ["folder", "file", "memory"])
def test_what_one_host_makes_another_has_with_the_same_bytes(tmp_path, kind):
    url = {"folder": f"{tmp_path}/store", "file": (tmp_path / "a store").as_uri(), "memory": f"memory://{uuid.uuid4()}"}
    one, two = Cache(tmp_path / "one", url[kind]), Cache(tmp_path / "two", url[kind])
    assert two.find("lift", KEY) is None and two.explain("lift", COMPONENTS) == "never made here"
    made = one.publish("lift", COMPONENTS, fill)
    assert two.explain("lift", COMPONENTS) == "in the store"
    found = two.find("lift", KEY)
    assert found.folder == tmp_path / "two" / "lift" / KEY and contents(found.folder) == contents(made.folder)
    assert found.components == made.components and two.verify() == [] and not list((tmp_path / "two" / "tmp").iterdir())
    assert list(two.store.entries()) == [("lift", KEY)] and two.store.changed("lift", KEY) is not None
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    assert two.find("lift", KEY) == found, "it is here now"


def test_the_environment_names_a_store(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCE3D_CACHE", str(tmp_path / "cache"))
    assert default_cache().store is None
    monkeypatch.setenv("DANCE3D_STORE", str(tmp_path / "store"))
    assert default_cache().store.url == str(tmp_path / "store")
    assert open_store(str(tmp_path)) is open_store(str(tmp_path))


def test_the_manifest_is_put_last_and_what_is_there_is_put_once(tmp_path, files):
    cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    sent = [name.rpartition(f"{KEY}/")[2] for what, name in files.calls if what == "send"]
    assert sent == ["0000.npz", "sub/more", MANIFEST]
    cache(tmp_path / "two").publish("lift", COMPONENTS, fill)
    assert len([1 for what, _ in files.calls if what == "send"]) == 3


@pytest.mark.parametrize("at", range(1, 4))
def test_what_was_put_halfway_is_no_entry_and_the_next_one_completes_it(tmp_path, files, at, caplog):
    def fail(what, name):
        if what == "send" and len([1 for kind, _ in files.calls if kind == "send"]) == at:
            raise ConnectionResetError("reset by peer")

    files.fault = fail
    made = cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    assert contents(made.folder) and caplog.text.count("writing the store flaky://store failed (reset by peer)") == 1
    files.fault = lambda what, name: None
    assert anew(tmp_path / "two").find("lift", KEY) is None
    cache(tmp_path / "two").publish("lift", COMPONENTS, fill)
    assert contents(anew(tmp_path / "three").find("lift", KEY).folder) == contents(made.folder)


@pytest.mark.parametrize(
    "damage", ["cut", "flip", "missing", "longer", "manifest", "other", "leads out", "a file twice", *NAMES]
)
def test_a_damaged_one_counts_as_none_is_said_once_and_mended_by_the_next_put(tmp_path, files, damage, caplog):
    good = contents(cache(tmp_path / "one").publish("lift", COMPONENTS, fill).folder)
    place, more = f"lift/{KEY}", f"lift/{KEY}/sub/more"
    data, manifest = files.held[more], json.loads(files.held[f"{place}/{MANIFEST}"])
    if damage in ("cut", "flip", "longer"):
        files.held[more] = {"cut": data[:-1], "flip": b"X" + data[1:], "longer": data + b"!" * 10**6}[damage]
    elif damage == "missing":
        del files.held[more]
    elif damage == "manifest":
        files.held[f"{place}/{MANIFEST}"] = files.held[f"{place}/{MANIFEST}"][:40]
    else:
        if damage == "other":
            manifest["components"]["code"] = "of something else"
        else:
            names = {"leads out": "../../../caught", "a file twice": "0000.npz/more", **NAMES}
            manifest["files"][names[damage]] = {"size": 3}
            files.held[f"{place}/{names[damage]}"] = b"bad"
        files.held[f"{place}/{MANIFEST}"] = json.dumps(manifest).encode()
    files.held["lift/caught"] = b"bad"
    other = anew(tmp_path / "two")
    assert other.find("lift", KEY) is None and other.find("lift", KEY) is None
    assert caplog.text.count("is damaged") == 1 and list(other.entries()) == []
    assert not (tmp_path / "two" / "caught").exists() and not (tmp_path / "caught").exists()
    other.publish("lift", COMPONENTS, fill)
    assert contents(anew(tmp_path / "three").find("lift", KEY).folder) == good


def test_an_entry_that_is_seen_late_is_made_again_and_does_no_harm(tmp_path, files):
    cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    files.late = set(files.held)
    two = anew(tmp_path / "two")
    assert two.find("lift", KEY) is None
    two.publish("lift", COMPONENTS, fill)
    files.late = {f"lift/{KEY}/0000.npz"}  # the manifest is seen first
    assert anew(tmp_path / "three").find("lift", KEY) is None
    files.late = set()
    assert anew(tmp_path / "three").find("lift", KEY) is not None


def test_a_store_that_is_away_costs_one_warning_and_is_asked_again_later(tmp_path, files, caplog, monkeypatch):
    def away(what, name):
        raise TimeoutError("timed out")

    files.fault = away
    here = cache(tmp_path)
    for number in range(5):
        parts = {**COMPONENTS, "n": number}
        assert here.find("lift", key_of(parts)) is None and "store" not in here.explain("lift", parts)
        assert here.publish("lift", parts, fill).folder.is_relative_to(tmp_path)
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert len(files.calls) == 1, "it is not waited for again and again"
    files.fault = lambda what, name: None
    later = module.time.monotonic() + PAUSE + 1
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    here.publish("lift", COMPONENTS, fill)
    assert anew(tmp_path / "two").find("lift", KEY)


def test_a_store_that_is_full_is_still_read(tmp_path, files, caplog):
    cache(tmp_path / "one").publish("lift", COMPONENTS, fill)

    def full(what, name):
        if what == "send":
            raise OSError(28, "No space left on device")

    files.fault = full
    two = anew(tmp_path / "two")
    two.publish("motion", COMPONENTS, fill)
    assert two.find("lift", KEY) and "No space left" in caplog.text


def test_an_entry_that_its_stage_refuses_is_not_fetched_again(tmp_path, files):
    cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    two = anew(tmp_path / "two")
    two.put_aside(two.find("lift", KEY).folder, "0001.npz is missing")
    assert two.find("lift", KEY) is None

    def whole(folder):
        fill(folder)
        (folder / "0001.npz").touch()

    two.publish("lift", COMPONENTS, whole)
    assert "0001.npz" in anew(tmp_path / "three").find("lift", KEY).files


def test_one_that_is_damaged_here_comes_from_the_store(tmp_path, files):
    made = cache(tmp_path).publish("lift", COMPONENTS, fill)
    (made.folder / "0000.npz").write_text("two")
    assert (cache(tmp_path).find("lift", KEY).folder / "0000.npz").read_text() == "one"


def test_a_cache_that_cannot_be_written_still_fetches(tmp_path, files, caplog):
    cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    (tmp_path / "file").write_text("in the way")
    entry = anew(tmp_path / "file").find("lift", KEY)
    assert (entry.folder / "0000.npz").read_text() == "one" and "going on without it" in caplog.text


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_run(tmp_path, caplog):
    (tmp_path / "store").write_text("a file")
    here = Cache(tmp_path / "cache", str(tmp_path / "store"))
    assert here.find("lift", KEY) is None and here.publish("lift", COMPONENTS, fill)
    assert caplog.text.count("going on without it") == 1


def test_two_hosts_that_put_one_entry_at_once_leave_a_sound_one(tmp_path, files):
    two, nested = cache(tmp_path / "two"), []

    def meanwhile(what, name):
        if what == "send" and not nested:
            nested.append(1)
            two.publish("lift", COMPONENTS, fill)

    files.fault = meanwhile
    made = cache(tmp_path / "one").publish("lift", COMPONENTS, fill)
    assert contents(anew(tmp_path / "three").find("lift", KEY).folder) == contents(made.folder)


def test_credentials_are_in_no_message(tmp_path, files, caplog):
    def refuse(what, name):
        raise OSError(
            "403 for https://u:pw123@host/x?X-Amz-Signature=abc987 aws_secret_access_key=zzz555 token: yyy777"
        )

    files.fault = refuse
    cache(tmp_path).find("lift", KEY)
    said = caplog.text
    assert "403" in said and not any(word in said for word in ("pw123", "abc987", "zzz555", "yyy777"))


def test_a_listing_has_nothing_but_entries(tmp_path):
    store = open_store(str(tmp_path / "store"))
    assert list(store.entries()) == []
    Cache(tmp_path / "one", str(tmp_path / "store")).publish("lift", COMPONENTS, fill)
    (tmp_path / "store" / "notes.txt").write_text("mine")
    (tmp_path / "store" / "lift" / "short").mkdir()
    assert list(store.entries()) == [("lift", KEY)]


def test_what_is_asked_about_alone_is_said_and_rested_from_too(tmp_path, files, caplog):
    def away(what, name):
        raise TimeoutError("timed out")

    files.fault = away
    here = cache(tmp_path)
    assert here.explain("lift", COMPONENTS) == here.explain("lift", COMPONENTS) == "never made here"
    assert len(files.calls) == 1 and caplog.text.count("timed out") == 1


def test_a_store_that_fails_slowly_is_left_alone_for_longer(tmp_path, files, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def slow(what, name):
        now[0] += PAUSE
        raise TimeoutError("timed out")

    files.fault = slow
    here = cache(tmp_path)
    for _ in range(12):
        here.find("lift", KEY)
        now[0] += PAUSE
    assert len(files.calls) == 2


@pytest.mark.slow
def test_an_object_store_by_its_own_package(tmp_path, monkeypatch, caplog):
    pytest.importorskip("s3fs")
    with S3Server() as server:
        told = {"ENDPOINT_URL": server.url, "ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "hunter2"}
        for name, value in {**told, "DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        url = "s3://lab/dance3d"
        one, two = Cache(tmp_path / "one", url), Cache(tmp_path / "two", url)
        assert two.find("lift", KEY) is None and list(two.store.entries()) == []
        made = one.publish("lift", COMPONENTS, fill)
        assert contents(two.find("lift", KEY).folder) == contents(made.folder)
        assert list(two.store.entries()) == [("lift", KEY)] and two.store.changed("lift", KEY) > 1e9
        assert list(server.held)[-1] == f"dance3d/lift/{KEY}/{MANIFEST}"
        server.held[f"dance3d/lift/{KEY}/0000.npz"] = (b"two", 0)
        module._opened.cache_clear()
        assert Cache(tmp_path / "three", url).find("lift", KEY) is None and "is damaged" in caplog.text
        server.denied = True
        module._opened.cache_clear()
        three = Cache(tmp_path / "three", url)
        assert three.find("lift", KEY) is None and three.publish("lift", COMPONENTS, fill)
        assert "reading the store s3://lab/dance3d failed (PermissionError: Forbidden)" in caplog.text
        assert "hunter2" not in caplog.text
        server.shutdown()
        module._opened.cache_clear()
