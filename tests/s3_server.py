"""An object store that speaks as much S3 as ``s3fs`` asks of it, in memory."""

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class S3Server(ThreadingHTTPServer):
    """One bucket, of any name.

    Attributes:
        held: bytes and time of every object by its key.
        denied: whether nobody may do anything.
    """

    daemon_threads = True

    def __init__(self):
        self.held, self.denied = {}, False
        super().__init__(("127.0.0.1", 0), S3Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class S3Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _joined(body)
        if self._allowed():
            self.server.held[self._key()] = (body, time.time())
            self._answer(200, b"", ETag='"x"')

    def do_GET(self):
        if not self._allowed():
            return
        held, asked = self.server.held, parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "list-type" in asked:
            self._answer(200, _listing(held, asked["prefix"][0], asked.get("delimiter", [""])[0]).encode())
        elif self._key() not in held:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>")
        else:
            data, when = held[self._key()]
            headers = {"ETag": '"x"', "Last-Modified": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(when))}
            if part := re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                start, stop = int(part[1]), min(int(part[2] or len(data)) + 1, len(data))
                headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
                self._answer(206, data[start:stop], **headers)
            else:
                self._answer(200, data, **headers)

    do_HEAD = do_GET

    def _key(self):
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def _allowed(self):
        if self.server.denied:
            self._answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        return not self.server.denied

    def _answer(self, code, body, **headers):
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


def _joined(body):
    """The bytes of a body that came in chunks with signatures."""
    out = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.split(b";")[0] or b"0", 16)
        if not size:
            break
        out, body = out + body[:size], body[size + 2 :]
    return out


def _listing(held, prefix, delimiter):
    keys, folders = [], set()
    for key in sorted(name for name in held if name.startswith(prefix)):
        first, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        folders.add(prefix + first + mark) if mark else keys.append(key)
    when = "<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>x</ETag>"
    rows = [f"<Contents><Key>{escape(k)}</Key><Size>{len(held[k][0])}</Size>{when}</Contents>" for k in keys]
    rows += [f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)]
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(rows)}</ListBucketResult>"
