"""Repositories of the Hub: one commit, said and kept; nothing is asked twice, and no push loses another's."""

import inspect
import sys

import pytest
from fake_hub import NotHereEntry, make_hub

from dance3d.io.hub import fetched, newest, origin, put, repository

URL = "hf://lab/lifters"
FILES = {"lift.safetensors": b"weights", "manifest.json": b"{}"}
NAMES = ("lift.safetensors", "manifest.json")


@pytest.fixture
def fake(monkeypatch, tmp_path):
    return make_hub(monkeypatch, tmp_path / "weights")


def test_a_name_is_a_repository_and_a_revision():
    assert repository(URL) == ("lab", "lifters", "") and repository(f"{URL}@v1/x").revision == "v1/x"
    assert str(repository(f"{URL}@main")) == f"{URL}@main"
    for name in ("hf://lab", "hf://lab/../x", "hf://../lab", "hf://lab/lifters/more", "hf://lab/a b", f"{URL}@", ""):
        with pytest.raises(ValueError, match="names no repository; expected hf://OWNER/REPO"):
            repository(name)


@pytest.mark.parametrize("revision", ["", "@main"])
def test_a_revision_is_pinned_to_a_commit_which_is_said(fake, tmp_path, revision):
    fake.add("lab/lifters", {"lift.safetensors": b"older"})
    commit, said = fake.add("lab/lifters", FILES), []
    folder = fetched(URL + revision, NAMES, said.append)
    assert folder == tmp_path / "weights" / "hub" / "lab" / "lifters" / commit
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert said[0] == f"{URL}{revision} is {URL}@{commit}, which always gives the same weights"
    assert origin(folder / "lift.safetensors") == f"{URL}@{commit}" and origin(tmp_path / "x") == ""
    assert [path.name for path in folder.parent.iterdir()] == [commit]


def test_a_commit_that_is_here_needs_no_network(fake):
    commit = fake.add("lab/lifters", FILES)
    first = fetched(f"{URL}@{commit}", NAMES)
    assert ("info", "lab/lifters", commit) not in fake.asked
    fake.away = True
    asked = len(fake.asked)
    assert fetched(f"{URL}@{commit}", NAMES) == first and len(fake.asked) == asked
    with pytest.raises(
        ValueError, match=rf"{URL}: connection refused .*; of it {commit} is here, as @COMMIT"
    ) as caught:
        fetched(URL, NAMES)
    assert "hunter2" not in str(caught.value)


def test_what_is_not_there_is_one_line(fake):
    commit = fake.add("lab/lifters", {"manifest.json": b"{}"})
    with pytest.raises(ValueError, match=f"{URL}@{commit}: 404: no file lift"):
        fetched(URL, NAMES)
    with pytest.raises(ValueError, match="hf://lab/nobody: 404: no repository"):
        fetched("hf://lab/nobody", NAMES)
    with pytest.raises(ValueError, match=f"{URL}@v9: 404: no revision v9"):
        fetched(f"{URL}@v9", NAMES)


def test_a_fetch_that_breaks_off_is_done_again(fake, monkeypatch):
    commit, get = fake.add("lab/lifters", FILES), fake.hf_hub_download

    def broken(number, name, revision, local_dir):
        if name == "lift.safetensors":
            raise NotHereEntry("cut")
        return get(number, name, revision, local_dir)

    with monkeypatch.context() as patch:
        patch.setattr(fake, "hf_hub_download", broken)
        with pytest.raises(ValueError, match="cut"):
            fetched(URL, NAMES)
    assert (fetched(f"{URL}@{commit}", NAMES) / "lift.safetensors").read_bytes() == b"weights"


def test_files_are_put_in_one_commit_on_top_of_the_newest(fake, tmp_path):
    assert newest(URL, ("README.md",)) == ("", {})
    (tmp_path / "w").write_bytes(b"weights")
    url = put(URL, {"lift.safetensors": tmp_path / "w", "README.md": b"card"}, "", "Weights of lift")
    commit, files = newest(URL, ("README.md", "manifest.json"))
    assert url == f"{URL}@{commit}" and files == {"README.md": b"card"} and fake.private == {"lab/lifters": True}
    fake.add("lab/lifters", {"README.md": b"of somebody else"})
    with pytest.raises(ValueError, match="412: a commit has happened since"):
        put(URL, {"README.md": b"mine"}, commit, "Weights of lift")
    put("hf://lab/open", {"README.md": b"card"}, "", "Weights of lift", public=True)
    assert fake.private["lab/open"] is False
    with pytest.raises(ValueError, match="on top of the newest commit; leave out @main"):
        newest(f"{URL}@main", ())


def test_a_file_that_could_not_be_asked_for_is_not_taken_for_missing(fake, monkeypatch):
    """Else a push over a bad line would write over the card and the rows that are there."""
    fake.add("lab/lifters", FILES)

    def away(*args, **kwargs):
        raise NotHereEntry("no network")

    monkeypatch.setattr(fake, "hf_hub_download", away)
    with pytest.raises(ValueError, match="no network"):
        newest(URL, ("manifest.json",))


def test_without_the_package_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError, match=r"pip install 'dance3d\[hub\]'"):
        fetched(URL, NAMES)


def test_the_stand_in_is_as_the_package():
    package = pytest.importorskip("huggingface_hub")
    import huggingface_hub.errors as errors

    assert issubclass(errors.LocalEntryNotFoundError, errors.EntryNotFoundError)
    assert issubclass(errors.RepositoryNotFoundError, OSError)
    for call, names in (
        (package.hf_hub_download, {"revision", "local_dir"}),
        (package.HfApi.model_info, {"revision"}),
        (package.HfApi.create_repo, {"private", "exist_ok"}),
        (package.HfApi.create_commit, {"commit_message", "parent_commit"}),
        (package.CommitOperationAdd, {"path_in_repo", "path_or_fileobj"}),
    ):
        assert names <= set(inspect.signature(call).parameters)
