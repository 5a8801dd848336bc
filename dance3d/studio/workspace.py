"""The studio's folder: what the user put in, what jobs made of it, and names that never lead out of it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from dance3d.io.images import VIDEOS
from dance3d.io.safe_names import is_file, is_folder, leads_out

MOST_BYTES = 8 << 30
"""Of one upload; chosen: two hours of 1080p from a phone."""
LEFT_FREE = 1 << 30  # bytes of the disk that an upload leaves; chosen
SHOWN = ("results", "comparisons", "thumbnails", "videos")
"""Folders whose files the browser may read."""
_LONGEST = 80  # letters of a name; chosen, far below what file systems take


@dataclass(frozen=True)
class Workspace:
    """The folders of a studio.

    Attributes:
        root: holds all of it.
    """

    root: Path

    def __post_init__(self) -> None:
        for name in (*SHOWN, "jobs", "trained", "own"):
            self.folder(name).mkdir(parents=True, exist_ok=True)

    def folder(self, name: str) -> Path:
        """One of the folders in ``root``."""
        return self.root / name

    def videos(self) -> list[str]:
        """Names of the videos, in order."""
        return sorted(path.name for path in self.folder("videos").iterdir() if path.suffix.lower() in VIDEOS)

    def folders(self, kind: str) -> list[str]:
        """Names of the folders in one of the folders, in order."""
        return sorted(path.name for path in self.folder(kind).iterdir() if is_folder(path))

    def video(self, name: object) -> Path:
        """The path of a video by its name.

        Raises:
            ValueError: there is none of that name.
        """
        return self._listed("videos", name, self.videos())

    def made(self, kind: str, name: object) -> Path:
        """The path of a result, a comparison or trained weights by its name.

        Raises:
            ValueError: there is none of that name.
        """
        return self._listed(kind, name, self.folders(kind))

    def _listed(self, kind: str, name: object, names: Iterable[str]) -> Path:
        """A path below a folder: of a name that was listed, so never of one that leads elsewhere."""
        if not isinstance(name, str) or name not in names:
            raise ValueError(f"{kind} has no {str(name)[:_LONGEST]!r}; it may have been removed: load the page again")
        return self.folder(kind) / name

    def shown(self, path: str) -> Path | None:
        """The file that the browser asks for, or none: outside of ``SHOWN``, a link out of it, or no file."""
        if leads_out(path) or path.partition("/")[0] not in SHOWN:
            return None
        found = self.root / path
        inside = found.resolve().is_relative_to(self.root.resolve())
        return found if inside and is_file(found) else None

    def remove_result(self, name: object) -> None:
        """Remove a result and its pictures; the video stays.

        Raises:
            ValueError: there is none of that name.
        """
        folder = self.made("results", name)
        for path in (folder, self.folder("thumbnails") / folder.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)

    def remove_video(self, name: object) -> None:
        """Remove a video; its result stays.

        Raises:
            ValueError: there is none of that name.
        """
        self.video(name).unlink()

    async def receive(self, name: str, size: int | None, chunks: AsyncIterable[bytes]) -> str:
        """Put an uploaded video into its folder, under a free name.

        Args:
            name: as the browser says it.
            size: bytes that are to come, if that is known.
            chunks: of the file.

        Returns:
            The name that it has here.

        Raises:
            ValueError: not the name of a video, an empty file, or one that is too large; nothing is left of it.
        """
        plain = plain_name(name)
        suffix = Path(plain).suffix.lower()
        if suffix not in VIDEOS:
            raise ValueError(f"{plain}: not the name of a video; it ends in {suffix or 'nothing'}, not {_or(VIDEOS)}")
        most = min(MOST_BYTES, shutil.disk_usage(self.root).free - LEFT_FREE)
        part = self.folder("videos") / f".{token_hex(8)}.part"
        received = 0
        try:
            with part.open("xb") as file:
                if size is None or size <= most:
                    async for chunk in chunks:
                        received += len(chunk)
                        if received > most:
                            break
                        file.write(chunk)
            if max(received, size or 0) > most:
                raise ValueError(f"{plain}: larger than the {max(most, 0) / 1e9:.1f} GB that there is room for")
            if not received or (size is not None and received < size):
                raise ValueError(f"{plain}: {'is empty' if not received else 'the upload broke off'}; nothing is kept")
            return self._placed(part, plain)
        finally:
            part.unlink(missing_ok=True)

    def _placed(self, part: Path, name: str) -> str:
        """Give a file its name, or the next that is free: one with another suffix would have the same results."""
        number, free = 1, name
        taken = {Path(one).stem for one in (*self.videos(), *self.folders("results"))}
        while Path(free).stem in taken:
            number += 1
            free = f"{Path(name).stem}-{number}{Path(name).suffix}"
        os.link(part, self.folder("videos") / free)  # unlike a rename, this never replaces what is there
        return free


def plain_name(name: str) -> str:
    """A name with letters, digits, ``_``, ``-`` and ``.`` only, which no file system reads in another way."""
    stem, dot, suffix = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    kept = re.sub(r"[^\w-]+", "-", (stem if dot else suffix)[:_LONGEST]).strip("-") or "video"
    return f"{kept}.{re.sub(r'[^a-z0-9]', '', suffix.lower())[:8]}" if dot else kept


def free_name(folder: Path, name: str) -> Path:
    """A path in a folder that nothing has yet: the name, or the name with a number."""
    number, path = 1, folder / name
    while os.path.lexists(path):
        number += 1
        path = folder / f"{name}-{number}"
    return path


def _or(words: Iterable[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} or {last}"
