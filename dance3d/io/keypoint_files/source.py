"""A file to be read: its content is read once, and only the part that is used."""

from __future__ import annotations

import csv
import json
import re
import zipfile
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any

from dance3d.io.csv_text import UTF_16, rows_of, text_of
from dance3d.io.gzip_files import unpacked
from dance3d.io.safe_pickle import unpickled

_HEAD = 4096  # bytes that tell the format
_OPENPOSE = "_keypoints.json"  # how OpenPose's own names end


class Source:
    """A file or folder.

    Attributes:
        path: where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def head(self) -> bytes:
        """The first bytes; empty for a folder."""
        if self.path.is_dir():
            return b""
        with self.path.open("rb") as file:
            return file.read(_HEAD)

    def opens(self, bracket: str) -> bool:
        """Whether it is a text that begins with this bracket, as JSON does."""
        return self.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(bracket.encode())

    @property
    def text(self) -> str:
        """The whole as text.

        Raises:
            ValueError: it is none.
        """
        try:
            return unpacked(self.path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path}: is not a text in UTF-8") from error

    @cached_property
    def json(self) -> Any:
        """What it holds as JSON.

        Raises:
            ValueError: it is none, is cut short, or is nested too deeply.
        """
        try:
            return json.loads(self.text)
        except ValueError as error:  # also of a number of more than 4,300 digits
            raise ValueError(f"{self.path}: is not JSON, or is cut short: {error}") from error
        except RecursionError as error:
            raise ValueError(f"{self.path}: is nested too deeply to be keypoints") from error

    @property
    def json_or_none(self) -> Any:
        """What it holds as JSON, or none where it cannot be read."""
        try:
            return self.json
        except ValueError:
            return None

    @cached_property
    def rows(self) -> list[list[str]]:
        """What it holds as a table, with commas or as Excel saves it.

        Raises:
            ValueError: it is none.
        """
        try:
            return list(rows_of(text_of(unpacked(self.path))))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{self.path}: is not a table: {error}") from error

    @cached_property
    def first_cells(self) -> list[str]:
        """The first row's cells, of its first bytes; none where they are no text."""
        try:
            head = self.head[: len(self.head) // 2 * 2]
            row = next(rows_of(text_of(head)), []) if b"\0" not in head or head[:2] in UTF_16 else []
        except (csv.Error, UnicodeDecodeError):
            return []
        return [cell.strip() for cell in row]

    @cached_property
    def numbered_json(self) -> dict[int, Path]:
        """The JSON files of a folder by the last digits of their names, in order; empty for a file.

        Where some end in ``_keypoints.json``, as OpenPose calls them, only those.

        Raises:
            ValueError: two files have one number, or one of OpenPose's own has none.
        """
        if not self.path.is_dir():
            return {}
        files = [path for path in self.path.iterdir() if path.suffix.lower() == ".json" and path.is_file()]
        files = [path for path in files if path.name.endswith(_OPENPOSE)] or files
        found: dict[int, Path] = {}
        for path in sorted(files):
            digits = re.findall(r"\d{1,18}", path.stem.removesuffix(_OPENPOSE[:-5])[-200:])
            if not digits and path.name.endswith(_OPENPOSE):
                raise ValueError(f"{path}: has no frame number before {_OPENPOSE}")
            if digits and (other := found.setdefault(int(digits[-1]), path)) != path:
                both = f"{other.name[:60]!r} and {path.name[:60]!r} are both frame {int(digits[-1])}"
                raise ValueError(
                    f"{self.path}: {both}; give a folder of one camera, numbered by the names' last digits"
                )
        return dict(sorted(found.items()))

    @cached_property
    def pickled(self) -> Any:
        """What it holds as a pickle, as far as it is data.

        Raises:
            ValueError: it is none, or more than data.
        """
        return unpickled(unpacked(self.path), self.path)

    @cached_property
    def arrays(self) -> dict[str, bool]:
        """Names of an ``.npz``'s arrays, and whether they hold pickled objects; none if it is something else."""
        if not self.head.startswith(b"PK"):
            return {}
        try:
            with zipfile.ZipFile(self.path) as archive:
                found = {}
                for name in archive.namelist()[:100]:
                    with archive.open(name) as member:
                        found[name.removesuffix(".npy")] = b"'descr': '|O'" in member.read(_HEAD)
                return found
        except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError):
            return {}


def number_of(name: object) -> int:
    """Frame number of an image: itself, or the last digits of its file's name.

    Raises:
        ValueError: there are none.
    """
    if isinstance(name, int) and not isinstance(name, bool):
        return name
    stem = re.sub(r"\.[A-Za-z]\w{1,4}$", "", name) if isinstance(name, str) else ""
    digits = re.findall(r"\d{1,18}", stem[-200:])
    if not digits:
        what = repr(name[:60]) if isinstance(name, str) else f"a {type(name).__name__}"
        raise ValueError(f"an image is called {what}, which has no frame number")
    return int(digits[-1])
