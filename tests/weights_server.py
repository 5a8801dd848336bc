"""A server of weights files."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from dance3d.io import fetch

RIGHT = np.random.default_rng(0).bytes(300_000)
ROW = {
    "file": "net.onnx",
    "bytes": len(RIGHT),
    "sha256": hashlib.sha256(RIGHT).hexdigest(),
    "license": "Apache-2.0",
    "commercial_ok": "unclear",
    "mirrors": [],
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        body, cut, ranges = self.server.files.get(self.path, (None, None, False))
        if body is None:
            return self.send_error(404)
        start = int(self.headers["Range"][6:-1]) if ranges and self.headers.get("Range") else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        first = cut and not any(path == self.path for path, _ in self.server.asked[:-1])
        self.wfile.write(body[start : cut if first else None])
        self.close_connection = True

    def log_message(self, *args):
        pass


def make_server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.files, running.asked = {}, []
        running.url = f"http://127.0.0.1:{running.server_port}"
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


def make_row(tmp_path, monkeypatch):
    """One weights file in the list; its mirrors are the test's to fill."""
    row = {**ROW, "mirrors": []}
    monkeypatch.setattr(fetch, "third_party", lambda: {"net": row})
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path / "weights"))
    return row


def serve(server, path, body, cut=None, ranges=False):
    server.files[path] = (body, cut, ranges)
    return server.url + path
