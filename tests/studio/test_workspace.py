"""Names and files of a studio's folder: nothing leads out of it, and nothing is replaced."""

import asyncio

import pytest

from dance3d.studio import workspace
from dance3d.studio.workspace import Workspace, free_name, plain_name


async def chunks(*parts):
    for part in parts:
        yield part


def receive(space, name, *parts, size=None):
    return asyncio.run(space.receive(name, size, chunks(*parts)))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Anna's tango (1).MP4", "Anna-s-tango-1.mp4"),
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("C:\\films\\a.mov", "a.mov"),
        ("춤.mp4", "춤.mp4"),
        (".mp4", "video.mp4"),
        ("-o.mp4", "o.mp4"),
        ("a\n<b>\0.mp4", "a-b.mp4"),
        ("x" * 300 + ".mkv", "x" * 80 + ".mkv"),
    ],
)
def test_a_name_becomes_one_that_every_file_system_takes(name, plain):
    assert plain_name(name) == plain


def test_an_upload_gets_a_free_name_and_replaces_nothing(tmp_path):
    space = Workspace(tmp_path)
    assert receive(space, "a.mp4", b"one", b"two", size=6) == "a.mp4"
    assert receive(space, "a.mp4", b"other") == "a-2.mp4"
    assert receive(space, "a.mkv", b"third") == "a-3.mkv", "its results would have the name of the first's"
    assert (tmp_path / "videos/a.mp4").read_bytes() == b"onetwo"
    assert space.videos() == ["a-2.mp4", "a-3.mkv", "a.mp4"]


@pytest.mark.parametrize(
    ("name", "parts", "size", "message"),
    [
        ("a.exe", [b"MZ"], None, "not the name of a video"),
        ("page.html", [b"<script>"], None, "not the name of a video"),
        ("a.mp4", [], 0, "is empty"),
        ("a.mp4", [b"12"], 5, "broke off"),
        ("a.mp4", [b"1234", b"5678"], None, "larger than"),
        ("a.mp4", [b"1"], 100, "larger than"),
    ],
)
def test_a_refused_upload_leaves_nothing(tmp_path, monkeypatch, name, parts, size, message):
    monkeypatch.setattr(workspace, "MOST_BYTES", 6)
    space = Workspace(tmp_path)
    with pytest.raises(ValueError, match=message):
        receive(space, name, *parts, size=size)
    assert list((tmp_path / "videos").iterdir()) == []


def test_a_full_disk_refuses_an_upload(tmp_path, monkeypatch):
    monkeypatch.setattr(workspace, "LEFT_FREE", 1 << 60)
    with pytest.raises(ValueError, match=r"larger than the 0\.0 GB"):
        receive(Workspace(tmp_path), "a.mp4", b"1")


def test_only_files_of_results_are_shown(tmp_path):
    space = Workspace(tmp_path / "studio")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "studio/results/a").mkdir()
    (tmp_path / "studio/results/a/report.html").write_text("here")
    (tmp_path / "studio/results/link").symlink_to(tmp_path)
    (tmp_path / "studio/results/a/file").symlink_to(tmp_path / "secret")
    (tmp_path / "studio/jobs/j.json").write_text("{}")
    assert space.shown("results/a/report.html").read_text() == "here"
    hostile = ["results/../../secret", "../secret", "/etc/passwd", "results/link/secret", "results/a/file", ""]
    hostile += ["jobs/j.json", "results/a", "results//a/report.html", "results/a/\0", "own/labels.csv"]
    for path in hostile:
        assert space.shown(path) is None, path


@pytest.mark.parametrize("name", ["..", "b", "a/../a", "", None, 3, ["a"]])
def test_only_names_that_are_listed_are_known(tmp_path, name):
    space = Workspace(tmp_path)
    (tmp_path / "results/a").mkdir()
    assert space.made("results", "a") == tmp_path / "results/a"
    with pytest.raises(ValueError, match="results has no"):
        space.made("results", name)


def test_a_free_name_is_numbered(tmp_path):
    assert free_name(tmp_path, "a").name == "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").symlink_to("nowhere")
    assert free_name(tmp_path, "a").name == "a-3"
