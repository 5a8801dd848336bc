"""Where a training lives: a folder of its own for each, the newest found by the name ``latest`` beside it."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from dance3d.io.operating_system import lock
from dance3d.io.paths import followed

log = logging.getLogger(__name__)

LATEST = "latest"
IN_USE = ".in_use"  # locked by the training that goes on there
_GIVEN = "DANCE3D_RUN_FOLDER"  # what Lightning's further processes are told by the first
_DATE = "%Y-%m-%d_%H-%M-%S"
_NAME = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_(?P<key>[0-9a-f]{12})(_\d+)?")


def new(parent: Path, key: str = "") -> Path:
    """Make a folder named by the time, and by a key where there is one; never one that is there already.

    Args:
        parent: of all runs of a stage.
        key: of the training.

    Raises:
        ValueError: one of several processes that somebody else started, which cannot agree on a name.
    """
    if _rank() and _GIVEN in os.environ:
        return Path(os.environ[_GIVEN])
    if int(os.environ.get("WORLD_SIZE", os.environ.get("SLURM_NTASKS", "1"))) > 1:
        raise ValueError("several processes train together: name the folder they share, --run_folder FOLDER")
    parent.mkdir(parents=True, exist_ok=True)
    name = "_".join(filter(None, (time.strftime(_DATE), key)))
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}_{number}")
        with suppress(FileExistsError):
            folder.mkdir()
            break
    os.environ[_GIVEN] = str(folder.absolute())
    return folder


def of_training(parent: Path, key: str) -> Path:
    """The newest folder of the same training, to go on there, unless it is in use; else a new one.

    Args:
        parent: of all runs of a stage.
        key: of the training: 12 letters.
    """
    names = sorted(path.name for path in parent.glob(f"*_{key}*") if _NAME.fullmatch(path.name))
    free = [parent / name for name in names if not _in_use(parent / name)]
    return free[-1] if free else new(parent, key)


def group(folder: Path) -> str:
    """What runs of one training share: its key where the folder is named by it, else the folder's name."""
    found = _NAME.fullmatch(folder.name)
    return found["key"] if found else folder.name


def latest(parent: Path) -> Path | None:
    """The newest run; none where there is none."""
    link = parent / LATEST
    folder = parent / link.readlink() if link.is_symlink() else followed(link)
    return folder if folder != link and folder.is_dir() else None


def mark_latest(folder: Path) -> None:
    """Let ``latest`` lead there: a link, or a file with the name where there are no links."""
    link, fresh = folder.parent / LATEST, folder.parent / f".{LATEST}-{os.getpid()}"
    try:
        try:
            fresh.symlink_to(folder.name, target_is_directory=True)
        except (OSError, NotImplementedError):
            fresh.write_text(f"{folder.name}\n")
        try:
            fresh.replace(link)
        except OSError:  # Windows puts nothing in the place of a link to a folder
            link.unlink()
            fresh.replace(link)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        log.warning("%s does not lead to this run: %s", link, error)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep a folder for one training; afterwards it is gone if nothing was written.

    Args:
        folder: is made if need be.

    Raises:
        ValueError: another training is in it.
    """
    if _rank():  # the first process keeps it for all
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / IN_USE).open("a") as file:
        with suppress(OSError):  # file systems without locks
            if not lock(file.fileno(), wait=False):
                raise ValueError(f"{folder} is in use by another training; give another --run_folder")
        try:
            yield
        finally:
            os.environ.pop(_GIVEN, None)
            with suppress(OSError):  # Windows removes no open file
                (folder / IN_USE).unlink()
            remove_empty(folder)


def remove_empty(folder: Path) -> None:
    """Remove a folder in which nothing was written but folders."""
    for inside in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):
            inside.rmdir()
    with suppress(OSError):
        folder.rmdir()


def _in_use(folder: Path) -> bool:
    try:
        with (folder / IN_USE).open("r+") as file:
            return not lock(file.fileno(), wait=False)
    except OSError:
        return False


def _rank() -> int:
    """Number of this process among those that train together, as far as the environment tells."""
    return int(next((os.environ[name] for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID") if name in os.environ), "0"))
