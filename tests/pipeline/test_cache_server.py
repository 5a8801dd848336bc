"""A cache over HTTP: entries can be read from it as from a store, and nothing else."""

import http.client
import json
import os
import threading

import pytest

from dance3d.pipeline import cache_server as module
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import MANIFEST, key_of
from dance3d.pipeline.cache_server import CacheServer

PARTS = {"stage": "lift", "n": 1}
KEY = key_of(PARTS)


def fill(folder):
    (folder / "a b").write_text("one")
    (folder / "sub").mkdir()
    (folder / "sub" / "more").write_bytes(b"x" * 300000)


@pytest.fixture
def server(tmp_path):
    cache = Cache(tmp_path / "served")
    cache.publish("lift", PARTS, fill)
    (tmp_path / "secret").write_text("secret")
    with CacheServer(cache) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def test_others_read_it_as_a_store_with_equal_bytes(server, tmp_path):
    other = Cache(tmp_path / "other", server.url)
    assert other.explain("lift", PARTS) == "in the store"
    found = other.find("lift", KEY)
    assert (found.folder / "sub" / "more").read_bytes() == b"x" * 300000 and found.files == ("a b", "sub/more")
    made = other.publish("lift", {"n": 2}, fill)
    assert made and len(list(server.cache.entries())) == 1, "nothing is put"
    assert list(other.store.entries()) == [("lift", KEY)] and other.store.changed("lift", KEY) is not None


def test_it_lists_stages_and_keys(server):
    assert json.loads(ask(server, "/")[1]) == ["lift"] and json.loads(ask(server, "/lift/")[1]) == [KEY]
    assert json.loads(ask(server, "/none/")[1]) == [] and ask(server, "/lift")[0] == 404


def test_head_says_the_size_and_sends_nothing(server):
    status, body, headers = ask(server, f"/lift/{KEY}/sub/more", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "300000") and headers["Last-Modified"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(server, method):
    assert ask(server, f"/lift/{KEY}/{MANIFEST}", method)[0] == 405
    assert server.cache.verify() == []


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/lift/../../secret",
        "/lift/%2e%2e/%2e%2e/secret",
        f"/lift/{KEY}/../../../secret",
        f"/lift/{KEY}/..%2f..%2f..%2fsecret",
        f"/lift/{KEY}//etc/passwd",
        f"/lift/{KEY}/sub",
        f"/lift/{KEY}/",
        f"/lift/{KEY}/link",
        f"/lift/{KEY}/unlisted",
        f"/lift/{'0' * 64}/{MANIFEST}",
        f"/live/{KEY}/{MANIFEST}",
        "/secret",
        "//secret",
        "/live/x",
        f"/lift/{KEY}/a%00b",
    ],
)
def test_nothing_outside_of_entries_is_read(server, path):
    (server.cache.root / "live" / KEY).mkdir(parents=True)
    (server.cache.root / "live" / KEY / MANIFEST).write_text("{}")
    status, body, _ = ask(server, path)
    assert status == 404 and b"secret" not in body.replace(path.encode(), b"")


def test_a_damaged_entry_is_not_served_also_once_it_was_sound(server):
    file = server.cache.root / "lift" / KEY / "a b"
    assert ask(server, f"/lift/{KEY}/a%20b")[:2] == (200, b"one")
    file.write_text("two")
    assert ask(server, f"/lift/{KEY}/a%20b")[0] == 404 and ask(server, f"/lift/{KEY}/{MANIFEST}")[0] == 404
    file.write_text("one")
    assert ask(server, f"/lift/{KEY}/a%20b")[0] == 200
    (file.parent / "link").symlink_to(server.cache.root.parent / "secret")
    (file.parent / MANIFEST).touch()
    assert ask(server, f"/lift/{KEY}/link")[0] == 404


def test_an_entry_is_read_once_for_many_questions(server, monkeypatch):
    calls, read = [], module.verified
    monkeypatch.setattr(module, "verified", lambda folder: (calls.append(folder), read(folder))[1])
    os.utime(server.cache.root / "lift" / KEY / MANIFEST, (5, 5))
    for name in ("a%20b", "sub/more", MANIFEST, "a%20b"):
        assert ask(server, f"/lift/{KEY}/{name}")[0] == 200
    assert len(calls) == 1 and (server.cache.root / "lift" / KEY / MANIFEST).stat().st_mtime > 5, "gc sees the use"


def test_a_page_elsewhere_cannot_read_it_under_a_name_of_its_own(server):
    assert ask(server, "/", Host="evil.example")[0] == 403 and ask(server, "/", Host="localhost:1")[0] == 200
