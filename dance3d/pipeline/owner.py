"""Which process an unfinished file belongs to, also where containers and hosts share a folder.

A process number means something only on one host, since its last boot, in one namespace of process numbers, and until
it is given to another process. So a mark holds all four, and is asked about only where it was made; of a mark that was
made elsewhere only its age is known.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from dance3d.io.operating_system import is_running

ABANDONED = 7 * 86400.0
"""Seconds without a sign of life after which work of another host or container counts as ended; chosen."""
_MARK = re.compile(r"(?P<place>[0-9a-f]{12})\.(?P<process>\d+)\.(?P<began>\d+)(?=$|-)")
_UNKNOWN = "0"  # when a process began, on systems that do not say


def owner_mark() -> str:
    """The mark of this process, which can be part of a file's name."""
    return f"{_place()}.{os.getpid()}.{_state(os.getpid())[1]}"


def marked(name: str) -> str:
    """The mark that a name begins with, or nothing."""
    found = _MARK.match(name)
    return found.group() if found else ""


def ended(mark: str, seen: float, now: float | None = None) -> bool:
    """Whether the process of a mark has ended.

    Args:
        mark: see ``owner_mark``.
        seen: its last sign of life, seconds since the epoch; decides where the process itself cannot be asked.
        now: by the clock that ``seen`` is from; none: that of this host.
    """
    found = _MARK.match(mark)
    if found is None or found["place"] != _place():
        return (time.time() if now is None else now) - seen > ABANDONED
    process = int(found["process"])
    if not is_running(process):
        return True
    state, began = _state(process)
    return state in ("Z", "X") or (_UNKNOWN not in (began, found["began"]) and began != found["began"])


def leftovers(folder: Path, prefix: str = "", *, now: float | None = None, signs: Path | None = None) -> Iterator[Path]:
    """What processes that ended left in a folder under ``prefix``, their mark and more.

    Args:
        folder: need not exist.
        prefix: of the names, before the mark.
        now: as of ``ended``.
        signs: folder with a file of each mark, which its process renews: its time counts too.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return
    for name in names:
        mark = marked(name.removeprefix(prefix)) if name.startswith(prefix) else ""
        with suppress(OSError):
            if mark and ended(mark, max(_time(folder / name), _time(signs / mark) if signs else 0.0), now):
                yield folder / name


def _time(path: Path) -> float:
    """When something was changed; never, where nothing is."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, as far as this is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


@cache
def _place() -> str:
    """Where process numbers mean the same as here."""
    known = [platform.node()]
    with suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError, NotImplementedError):
        known.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:12]


def _state(process: int) -> tuple[str, str]:
    """The state of a process, and when it began in clock ticks since the boot, as far as the system tells."""
    try:
        if str(Path("/proc/self").readlink()) != str(os.getpid()):
            return "", _UNKNOWN  # the numbers there are those of another namespace
        fields = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return "", _UNKNOWN
