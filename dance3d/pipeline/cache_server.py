"""A cache for others to read over HTTP: GET and HEAD, sound entries, and nothing that lies outside of them.

``/`` lists the stages and ``/<stage>/`` the keys, as lists of names in JSON; ``/<stage>/<key>/<file>`` is a file.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import socket
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dance3d.io.file_hash import file_state
from dance3d.io.safe_names import is_file, is_folder
from dance3d.pipeline.cache import OWN_FOLDERS, Cache
from dance3d.pipeline.cache_entry import MANIFEST, Entry, verified

log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds that a client may be silent; chosen
_PATH = re.compile(r"/(?:(?P<stage>[\w-]+)/(?:(?P<key>[0-9a-f]{64})/(?P<file>.+))?)?")


_LOCAL = ("127.0.0.1", "localhost", "::1")


class CacheServer(ThreadingHTTPServer):
    """Serves a cache until it is shut down.

    Args:
        cache: whose entries are served.
        host: address to listen on; that of this machine alone, if it is a loopback address.
        port: to listen on; 0 takes a free one.

    Raises:
        OSError: nothing can listen there.
    """

    daemon_threads = True

    def __init__(self, cache: Cache, host: str = "127.0.0.1", port: int = 0) -> None:
        self.cache = cache
        self.local = host in _LOCAL
        self._sound: dict[str, tuple[Any, Entry]] = {}
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _EntryHandler)

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def listing(self, stage: str) -> list[str]:
        """Keys of a stage; the stages, for none."""
        found = [folder for folder in self.cache.entries() if is_file(folder / MANIFEST)]
        if not stage:
            return sorted({folder.parent.name for folder in found})
        return sorted(folder.name for folder in found if folder.parent.name == stage)

    def file(self, stage: str, key: str, name: str) -> Path | None:
        """A file of a sound entry, or none.

        Args:
            stage: of the entry.
            key: of the entry.
            name: of the file; only those that its manifest lists, and the manifest itself.
        """
        entry = self._entry(self.cache.root / stage / key)
        if entry is None or name not in (*entry.files, MANIFEST):
            return None
        path = entry.folder / name
        return path if is_file(path) else None

    def _entry(self, folder: Path) -> Entry | None:
        """An entry, verified when it is first asked for, and again where its files look different."""
        if folder.parent.name in OWN_FOLDERS or not (is_folder(folder.parent) and is_folder(folder)):
            return None
        known = self._sound.get(str(folder))
        if known is not None and known[0] == _state(known[1]):
            return known[1]
        entry = verified(folder)[1]
        if entry is None:
            self._sound.pop(str(folder), None)
            return None
        with suppress(OSError):
            os.utime(folder / MANIFEST)  # used now, as by a run here
        self._sound[str(folder)] = (_state(entry), entry)
        return entry


def _state(entry: Entry) -> Any:
    return [file_state(entry.folder / name) for name in (*entry.files, MANIFEST)]


class _EntryHandler(BaseHTTPRequestHandler):
    server: CacheServer
    timeout = PATIENCE
    server_version, sys_version = "dance3d", ""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        asked = _PATH.fullmatch(unquote(urlsplit(self.path).path))
        if self.server.local and urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _LOCAL:
            self.send_error(HTTPStatus.FORBIDDEN)  # a page elsewhere whose name was made to lead here
        elif asked is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif asked["file"]:
            self._send_file(self.server.file(asked["stage"], asked["key"], asked["file"]), body)
        else:
            data = json.dumps(self.server.listing(asked["stage"] or "")).encode()
            self._begin("application/json", len(data))
            if body:
                self.wfile.write(data)

    def _send_file(self, path: Path | None, body: bool) -> None:
        try:
            if path is None:
                raise FileNotFoundError
            with path.open("rb") as file:
                there = os.fstat(file.fileno())
                self._begin("application/octet-stream", there.st_size, there.st_mtime)
                if body:
                    with suppress(ConnectionError, TimeoutError):  # who asked has left
                        shutil.copyfileobj(file, self.wfile)
        except FileNotFoundError:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _begin(self, kind: str, size: int, changed: float | None = None) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.send_header("X-Content-Type-Options", "nosniff")
        if changed is not None:
            self.send_header("Last-Modified", formatdate(changed, usegmt=True))
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say no in one line; other methods than GET and HEAD are not allowed."""
        code = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else code
        super().send_error(code, message, explain)

    def log_message(self, format: str, *args: Any) -> None:
        log.info("%s %s", self.address_string(), format % args)
