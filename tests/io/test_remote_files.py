"""Files below a URL: whole or not at all, faults as OSError, and no credentials in what is said."""

import io
import json
import os
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dance3d.io import remote_files as module
from dance3d.io.remote_files import TooLarge, read_bytes, remote_files, without_secrets


@pytest.fixture(params=["folder", "memory"])
def files(request, tmp_path):
    return remote_files(str(tmp_path / "store") if request.param == "folder" else f"memory://{uuid.uuid4()}/deep")


def test_what_is_sent_is_read_listed_and_has_a_time(files, tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    assert files.names("") == [] and files.names("x") == [] and files.changed("x/y") is None
    files.send(tmp_path / "a", "x/y/a b%+ü")
    files.send(tmp_path / "a", "x/z")
    assert read_bytes(files, "x/y/a b%+ü", 3000) == b"abc" * 1000
    assert files.names("") == ["x"] and files.names("x") == ["y", "z"] and files.names("x/y") == ["a b%+ü"]
    assert files.changed("x/z") > 1e9
    (tmp_path / "a").write_bytes(b"new")
    files.send(tmp_path / "a", "x/z")
    assert read_bytes(files, "x/z", 3) == b"new"


def test_what_is_not_there_or_too_large_is_said(files, tmp_path):
    with pytest.raises(FileNotFoundError):
        files.read("x/none", io.BytesIO(), 10)
    (tmp_path / "a").write_bytes(b"abc")
    files.send(tmp_path / "a", "a")
    with pytest.raises(TooLarge):
        files.read("a", io.BytesIO(), 2)


def test_what_is_no_file_of_a_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero", "."):
        with pytest.raises(OSError, match="it is no file"):
            remote_files(str(tmp_path)).read(name, io.BytesIO(), 10)


def test_a_folder_holds_whole_files_only(tmp_path, monkeypatch):
    files = remote_files(str(tmp_path / "store"))
    (tmp_path / "a").write_bytes(b"old")
    files.send(tmp_path / "a", "a")

    def full(source, into, length):
        into.write(b"ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        files.send(tmp_path / "a", "a")
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["a"] and read_bytes(files, "a", 3) == b"old"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "needs a folder or a URL"),
        ("s3://key:hunter2@bucket/x", "holds a password or a query"),
        ("https://host/x?sig=hunter2", "holds a password or a query"),
        ("nonsense://x", "cannot be used: Protocol not known: nonsense"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_secrets(url, message):
    with pytest.raises(ValueError, match=message) as caught:
        remote_files(url)
    assert "hunter2" not in str(caught.value)


def test_a_protocol_whose_package_is_missing_names_the_extra(monkeypatch):
    import fsspec.core

    def missing(*args, **kwargs):
        raise ImportError("Install gcsfs to access Google Storage")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[store\]' \(Install gcsfs"):
        remote_files("gs://bucket/x")
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(ValueError, match=r"store gs://bucket/x needs a package .* pip install 'dance3d\[store\]'"):
        remote_files("gs://bucket/x")


def test_faults_of_a_protocols_own_kind_are_os_errors(tmp_path, monkeypatch):
    class ClientError(Exception):
        __module__ = "botocore.exceptions"

    files = remote_files("memory://x")

    def refuse(*args, **kwargs):
        raise ClientError("AccessDenied, secret_key=hunter2")

    monkeypatch.setattr(type(files._fs), "open", refuse)
    with pytest.raises(OSError, match="ClientError: AccessDenied") as caught:
        files.read("a", io.BytesIO(), 1)
    assert "hunter2" not in str(caught.value)


def test_secrets_leave_a_message():
    assert without_secrets("GET https://u:p@h/x?sig=1 failed") == "GET https://***h/x*** failed"
    assert without_secrets("token=abc: no") == "*** no"
    assert without_secrets("timed out") == "timed out"


@pytest.fixture
def server():
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            code, headers, body = answers.get(self.path, (404, {}, b""))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield answers, remote_files(f"http://127.0.0.1:{running.server_port}/")
        running.shutdown()
        thread.join()


def test_a_server_is_read_only_and_its_faults_are_named(server, tmp_path):
    answers, files = server
    answers["/a/b%20c"] = (200, {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, b"abc")
    answers["/cut"] = (200, {"Content-Length": "10"}, b"abc")
    answers["/broken"] = (500, {}, b"")
    answers["/a/"] = (200, {}, json.dumps(["b c"]).encode())
    answers["/bad/"], answers["/worse/"] = (200, {}, b"<html>"), (200, {}, b'{"a": 1}')
    assert read_bytes(files, "a/b c", 3) == b"abc" and files.changed("a/b c") == 1704067200.0
    assert files.names("a") == ["b c"] and files.names("none") == [] and files.changed("none") is None
    for name, fault in (("cut", "cut after 3 of 10"), ("broken", "answers 500"), ("a/b c", "more than the 2 bytes")):
        with pytest.raises(OSError, match=fault):
            read_bytes(files, name, 2 if name == "a/b c" else 10)
    with pytest.raises(FileNotFoundError):
        read_bytes(files, "none", 1)
    for name in ("bad", "worse"):
        with pytest.raises(OSError, match="its listing"):
            files.names(name)
    assert not files.writable
    with pytest.raises(OSError, match="only read"):
        files.send(tmp_path, "a")


def test_a_server_that_is_away_is_an_os_error():
    with pytest.raises(OSError, match="refused"):
        remote_files("http://127.0.0.1:9").names("")
