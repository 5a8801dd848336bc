"""Files below a URL: in a folder, on a server of HTTP, or in an object store by a protocol of fsspec.

Object stores have no rename and no folders, so nothing here needs either: a file is read whole, written whole, or asked
for its time. Every fault is an ``OSError`` whose text holds no credentials.
"""

from __future__ import annotations

import errno
import io
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, url2pathname, urlopen

PATIENCE = 30.0  # seconds without a byte from a server; chosen
CHUNK = 1 << 20  # bytes
_LISTING = 64 << 20  # bytes of a server's listing; chosen: one of 100,000 names has 7 MB
_SECRET = re.compile(r"(?<=://)[^/\s@'\"]*@|\?[^\s'\"]*|(?i:(?:secret|token|password|signature|key)\w*\s*[=:]\s*)\S+")


class TooLarge(OSError):
    """A file is larger than whoever reads it was told."""


class RemoteFiles(Protocol):
    """Files below a URL by name, with ``/`` between the parts.

    Attributes:
        url: as it may be shown.
        writable: whether ``send`` can be meant to work.
    """

    url: str
    writable: bool

    def read(self, name: str, into: IO[bytes], most: int) -> None:
        """Read a file.

        Args:
            name: of the file.
            into: takes its bytes.
            most: bytes.

        Raises:
            FileNotFoundError: there is none.
            TooLarge: it has more than ``most``.
            OSError: it cannot be read.
        """

    def send(self, path: Path, name: str) -> None:
        """Write a file whole, in place of one of that name.

        Raises:
            OSError: it cannot be written.
        """

    def names(self, folder: str) -> list[str]:
        """Names right below a folder, in order; none where there is no such folder.

        Raises:
            OSError: they cannot be listed.
        """

    def changed(self, name: str) -> float | None:
        """When a file was written, seconds since the epoch; none where nobody knows."""


def remote_files(url: str) -> RemoteFiles:
    """The files below a URL or in a plain folder; nothing is connected yet.

    Raises:
        ValueError: no URL that can be used, with credentials in it, or of a protocol whose package is not installed.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        if not url.strip():
            raise ValueError("a store needs a folder or a URL, such as s3://bucket/prefix; this one is empty")
        return _Folder(Path(url).expanduser())
    if re.match(r"[^/@]*:[^/@]*@", rest) or "?" in rest:
        raise ValueError(
            f"the URL of a store ({scheme}://...) holds a password or a query; credentials belong into the environment "
            f"or the protocol's own configuration"
        )
    if scheme == "file":
        return _Folder(Path(url2pathname(urlsplit(url).path)))
    return _Server(url) if scheme in ("http", "https") else _Fsspec(url)


def read_bytes(files: RemoteFiles, name: str, most: int) -> bytes:
    """The bytes of a file.

    Args:
        files: where it lies.
        name: of the file.
        most: bytes.

    Raises:
        OSError: as of ``RemoteFiles.read``.
    """
    held = io.BytesIO()
    files.read(name, held, most)
    return held.getvalue()


class _Folder:
    """Files of a folder, which may be mounted from elsewhere; each appears whole."""

    writable = True

    def __init__(self, root: Path) -> None:
        self.root, self.url = root, str(root)

    def read(self, name: str, into: IO[bytes], most: int) -> None:
        if (self.root / name).exists() and not (self.root / name).is_file():
            raise IsADirectoryError(errno.EISDIR, "it is no file", name)  # nor a pipe, which would never end
        with (self.root / name).open("rb") as file:
            _copy(file, into, most)

    def send(self, path: Path, name: str) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with beside.open("xb") as file, path.open("rb") as source:
                shutil.copyfileobj(source, file, CHUNK)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted(path.name for path in (self.root / folder).iterdir())
        return []

    def changed(self, name: str) -> float | None:
        with suppress(OSError):
            return (self.root / name).stat().st_mtime
        return None


class _Server:
    """Files of a server over HTTP, which are only read; a listing is a list of names as JSON, at a name with ``/``."""

    writable = False

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def read(self, name: str, into: IO[bytes], most: int) -> None:
        with self._answer(name) as answer:
            got, promised = _copy(answer, into, most), answer.headers.get("Content-Length", "")
            if promised.isdecimal() and got != int(promised):
                raise OSError(f"{name} was cut after {got} of {promised} bytes")

    def send(self, path: Path, name: str) -> None:
        raise OSError(f"{self.url} is a server that is only read")

    def names(self, folder: str) -> list[str]:
        try:
            found = json.loads(read_bytes(self, f"{folder}/" if folder else "", _LISTING))
        except FileNotFoundError:
            return []
        except ValueError as error:
            raise OSError(f"its listing is no JSON: {error}") from error
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise OSError("its listing is no list of names; `dance3d cache serve-readonly` gives one")
        return found

    def changed(self, name: str) -> float | None:
        with suppress(OSError, ValueError, TypeError), self._answer(name, "HEAD") as answer:
            return parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()
        return None

    @contextmanager
    def _answer(self, name: str, method: str = "GET") -> Iterator[HTTPResponse]:
        asked = Request(f"{self.url}/{quote(name)}", headers={"User-Agent": "dance3d"}, method=method)
        try:
            with urlopen(asked, timeout=PATIENCE) as answer:
                yield answer
        except HTTPError as error:
            if error.code in (404, 410):
                raise FileNotFoundError(name) from None
            raise OSError(f"the server answers {error.code} {error.reason}") from None
        except URLError as error:
            raise OSError(without_secrets(str(error.reason))) from None
        except (HTTPException, ValueError) as error:
            raise OSError(without_secrets(str(error)) or type(error).__name__) from None


class _Fsspec:
    """Files of a protocol of fsspec, such as ``s3``, ``gs`` or ``memory``.

    Args:
        url: ``PROTOCOL://...``.

    Raises:
        ValueError: the protocol is not known, or its package is not installed.
    """

    writable = True

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        missing = "needs a package that is not installed: pip install 'dance3d[store]'"
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise ValueError(f"the store {self.url} {missing}") from None
        try:
            self._fs, root = url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            raise ValueError(f"the store {self.url} {missing} ({without_secrets(str(error))})") from None
        except ValueError as error:
            raise ValueError(f"the store {self.url} cannot be used: {without_secrets(str(error))}") from None
        self._root = str(root).rstrip("/")

    def read(self, name: str, into: IO[bytes], most: int) -> None:
        with _as_os_error(name), self._fs.open(self._path(name), "rb") as file:
            _copy(file, into, most)

    def send(self, path: Path, name: str) -> None:
        target = self._path(name)
        with _as_os_error(name):
            try:
                self._fs.put_file(str(path), target)
            except FileNotFoundError:  # a protocol with folders that are made first
                self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._fs.put_file(str(path), target)

    def names(self, folder: str) -> list[str]:
        with _as_os_error(folder), suppress(FileNotFoundError, NotADirectoryError):
            found = self._fs.ls(self._path(folder), detail=False, refresh=True)
            return sorted({PurePosixPath(path).name for path in found} - {PurePosixPath(folder).name or "."})
        return []

    def changed(self, name: str) -> float | None:
        with suppress(OSError, NotImplementedError), _as_os_error(name):
            return float(self._fs.modified(self._path(name)).timestamp())
        return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root


@contextmanager
def _as_os_error(name: str) -> Iterator[None]:
    """Faults of a protocol's package as ``OSError``: the packages' own exceptions have no common base class."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{name} is not there: {without_secrets(str(error))}") from None
    except TooLarge:
        raise
    except Exception as error:
        ours = type(error).__module__ == "builtins" and not isinstance(error, OSError | ValueError | RuntimeError)
        if ours:
            raise
        said = without_secrets(str(error)).strip()
        raise OSError(f"{type(error).__name__}: {said}" if said else type(error).__name__) from None


def without_secrets(text: str) -> str:
    """A message without what may be a password, a key or a signed query."""
    return _SECRET.sub("***", text)


def _copy(source: IO[bytes] | Any, into: IO[bytes], most: int) -> int:
    """All bytes of a stream, and how many they were.

    Raises:
        TooLarge: more than ``most``.
    """
    got = 0
    while chunk := source.read(CHUNK):
        got += len(chunk)
        if got > most:
            raise TooLarge(f"it has more than the {most} bytes that it should have")
        into.write(chunk)
    return got
