"""The part of ``huggingface_hub`` that dance3d calls, on repositories in memory."""

from pathlib import Path
from types import SimpleNamespace


class HubError(OSError):
    __module__ = "huggingface_hub.errors"


class NoRepository(HubError):
    pass


class NoEntry(Exception):
    __module__ = "huggingface_hub.errors"


class NotHereEntry(NoEntry, FileNotFoundError):
    pass


class FakeHub:
    """Stands for the module.

    Attributes:
        repositories: by ``owner/name`` the commits in order, each a pair of its number and its files.
        asked: every call that a network would see.
        away: whether the network is.
    """

    CommitOperationAdd = SimpleNamespace
    errors = SimpleNamespace(
        EntryNotFoundError=NoEntry, LocalEntryNotFoundError=NotHereEntry, RepositoryNotFoundError=NoRepository
    )

    def __init__(self):
        self.repositories, self.asked, self.away = {}, [], False
        self.private = {}

    def HfApi(self):
        return self

    def add(self, number, files):
        """A commit with these files beside those that are there."""
        commits = self.repositories.setdefault(number, [])
        name = f"{len(commits) + 1:040x}"
        commits.append((name, {**(commits[-1][1] if commits else {}), **files}))
        return name

    def _seen(self, *asked):
        self.asked.append(asked)
        if self.away:
            raise HubError("connection refused for https://x/?token=hunter2")

    def model_info(self, number, revision=None):
        self._seen("info", number, revision)
        commits = self.repositories.get(number)
        if not commits:
            raise NoRepository(f"404: no repository {number}")
        if revision not in (None, "main", *(name for name, _ in commits)):
            raise HubError(f"404: no revision {revision}")
        return SimpleNamespace(sha=commits[-1][0] if revision in (None, "main") else revision)

    def hf_hub_download(self, number, name, revision, local_dir):
        self._seen("get", number, name, revision)
        files = dict(self.repositories[number])[revision]
        if name not in files:
            raise NoEntry(f"404: no file {name}")
        path = Path(local_dir) / name
        path.write_bytes(files[name])
        return str(path)

    def create_repo(self, number, private, exist_ok):
        assert exist_ok
        self._seen("make", number)
        self.private[number] = private
        self.repositories.setdefault(number, [])

    def create_commit(self, number, operations, commit_message, parent_commit):
        self._seen("commit", number, commit_message)
        commits = self.repositories[number]
        if parent_commit != (commits[-1][0] if commits else None):
            raise HubError("412: a commit has happened since")
        data = {
            one.path_in_repo: one.path_or_fileobj
            if isinstance(one.path_or_fileobj, bytes)
            else Path(one.path_or_fileobj).read_bytes()
            for one in operations
        }
        return SimpleNamespace(oid=self.add(number, data))


def make_hub(monkeypatch, folder):
    """Put a stand-in into the place of the package; what is fetched lies below the folder."""
    from dance3d.io import hub

    fake = FakeHub()
    monkeypatch.setattr(hub, "_hub", lambda: fake)
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(folder))
    return fake
