"""Repositories of models on the Hugging Face Hub: files at one commit, and new files in one commit.

``hf://OWNER/REPO@REVISION`` names one. Nothing is asked unless a user gives such a name. What is fetched lies in
``hub/OWNER/REPO/COMMIT`` of the folder of fetched weights, so that the commit is known from the path, and a commit that
is there needs no network.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from dance3d.io.paths import weights_root
from dance3d.io.remote_files import without_secrets

SCHEME = "hf://"
_FOLDER = "hub"
_NAME = re.compile(r"hf://(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Repository(NamedTuple):
    """A repository at a revision.

    Attributes:
        owner: user or organisation.
        name: of the repository.
        revision: branch, tag or commit; empty for the newest.
    """

    owner: str
    name: str
    revision: str

    @property
    def number(self) -> str:
        """As the Hub knows it."""
        return f"{self.owner}/{self.name}"

    @property
    def pinned(self) -> bool:
        """Whether its revision is a commit, whose files do not change."""
        return _COMMIT.fullmatch(self.revision) is not None

    def __str__(self) -> str:
        return f"{SCHEME}{self.number}" + (f"@{self.revision}" if self.revision else "")


def repository(url: str) -> Repository:
    """The repository of a URL.

    Raises:
        ValueError: it is none.
    """
    found = _NAME.fullmatch(url)
    if found is None or {found["owner"], found["name"]} & {".", ".."}:
        raise ValueError(f"{url!r} names no repository; expected {SCHEME}OWNER/REPO or {SCHEME}OWNER/REPO@REVISION")
    return Repository(found["owner"], found["name"], found["revision"] or "")


def fetched(url: str, names: Sequence[str], report: Callable[[str], None] = lambda line: None) -> Path:
    """A folder with files of a repository at one commit, fetched unless they are there.

    Args:
        url: of the repository.
        names: of the files; all but the first may be missing.
        report: is told which commit a revision is, if it is none, and what is fetched.

    Raises:
        ValueError: no such repository, revision or first file, or it cannot be reached.
    """
    wanted = repository(url)
    if not wanted.pinned:
        wanted = _pinned(wanted, report)
    folder = _root() / wanted.owner / wanted.name / wanted.revision
    if (folder / names[0]).is_file():
        return folder
    hub = _hub()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as place, _faults(str(wanted)):
        for name in reversed(names):  # the first is the one that counts: with it all of them are there
            report(f"{wanted}: {name}")
            with _optional(hub, name != names[0]):
                found = hub.hf_hub_download(wanted.number, name, revision=wanted.revision, local_dir=place)
                folder.mkdir(exist_ok=True)
                shutil.copyfile(found, Path(place) / "copy")
                (Path(place) / "copy").replace(folder / name)
    return folder


def origin(path: Path) -> str:
    """The repository and commit that a file was fetched from; empty for other files."""
    with suppress(ValueError):
        owner, name, commit, _ = path.absolute().relative_to(_root().absolute()).parts
        if _COMMIT.fullmatch(commit):
            return str(Repository(owner, name, commit))
    return ""


def newest(url: str, names: Sequence[str]) -> tuple[str, dict[str, bytes]]:
    """The newest commit of a repository, empty where there is none yet, and the files of these names in it.

    Raises:
        ValueError: it cannot be reached, or the URL names a revision, to which nothing can be added.
    """
    wanted = repository(url)
    if wanted.revision:
        raise ValueError(f"{url}: weights are put on top of the newest commit; leave out @{wanted.revision}")
    hub, files = _hub(), {}
    with _faults(str(wanted)), tempfile.TemporaryDirectory() as place:
        try:
            commit = str(hub.HfApi().model_info(wanted.number).sha)
        except hub.errors.RepositoryNotFoundError:
            return "", {}
        for name in names:
            with _optional(hub):
                path = hub.hf_hub_download(wanted.number, name, revision=commit, local_dir=place)
                files[name] = Path(path).read_bytes()
    return commit, files


def put(url: str, files: Mapping[str, Path | bytes], parent: str, message: str, public: bool = False) -> str:
    """Put files into a repository in one commit, and return its URL at that commit.

    Args:
        url: of the repository, which is made if need be.
        files: contents by name.
        parent: newest commit, on top of which they are put; if another has come, nothing is put.
        message: of the commit.
        public: whether everybody may read a repository that is made now.

    Raises:
        ValueError: nothing can be put there.
    """
    wanted, hub = repository(url), _hub()
    with _faults(str(wanted)):
        api = hub.HfApi()
        if not parent:
            api.create_repo(wanted.number, private=not public, exist_ok=True)
        added = [
            hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=data if isinstance(data, bytes) else str(data))
            for name, data in files.items()
        ]
        made = api.create_commit(wanted.number, added, commit_message=message, parent_commit=parent or None)
    return str(wanted._replace(revision=str(made.oid)))


def _pinned(wanted: Repository, report: Callable[[str], None]) -> Repository:
    hub = _hub()
    there = sorted(path.name for path in (_root() / wanted.owner / wanted.name).glob("*") if path.is_dir())
    here = [name for name in there if _COMMIT.fullmatch(name)]
    with _faults(str(wanted), f"; of it {', '.join(here)} is here, as @COMMIT" if here else ""):
        commit = str(hub.HfApi().model_info(wanted.number, revision=wanted.revision or None).sha)
    if not _COMMIT.fullmatch(commit):
        raise ValueError(f"{wanted}: the Hub names no commit for it, but {commit!r}")
    pinned = wanted._replace(revision=commit)
    report(f"{wanted} is {pinned}, which always gives the same weights")
    return pinned


def _root() -> Path:
    return weights_root() / _FOLDER


def _hub() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError:
        raise ValueError(
            f"{SCHEME} needs the package huggingface_hub, which is not installed: pip install 'dance3d[hub]'"
        ) from None
    return huggingface_hub


@contextmanager
def _optional(hub: Any, optional: bool = True) -> Iterator[None]:
    """Go on where a repository does not hold a file; not where it only could not be asked."""
    try:
        yield
    except hub.errors.EntryNotFoundError as error:
        if not optional or isinstance(error, hub.errors.LocalEntryNotFoundError):
            raise


@contextmanager
def _faults(url: str, more: str = "") -> Iterator[None]:
    """Faults of the package in one line: its exceptions have no common base class."""
    try:
        yield
    except Exception as error:
        if not (
            isinstance(error, OSError | ValueError) or type(error).__module__.startswith(("huggingface_hub", "httpx"))
        ):
            raise
        said = " ".join(without_secrets(str(error)).split())
        raise ValueError(f"{url}: {said or type(error).__name__}{more}") from None
