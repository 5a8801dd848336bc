"""Names from data lead nowhere else, and any name can be shown."""

import os

import pytest

from dance3d.io.safe_names import files_below, is_file, is_folder, leads_out, printable


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", "a\0b", ".."])
def test_a_name_that_is_not_of_a_file_below(name):
    assert leads_out(name)


@pytest.mark.parametrize("name", ["0000.npz", "person-1/pose3d.csv", "..a", "a:b", "ü/x y"])
def test_a_name_of_a_file_below(name):
    assert not leads_out(name)


def test_links_and_pipes_are_no_files_and_no_folders(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in").write_text("x")
    (tmp_path / "to file").symlink_to("file")
    (tmp_path / "to folder").symlink_to("folder")
    (tmp_path / "itself").symlink_to("itself")
    os.mkfifo(tmp_path / "pipe")
    found = {path.name: (is_file(path), is_folder(path)) for path in tmp_path.iterdir()}
    assert found.pop("file") == (True, False) and found.pop("folder") == (False, True)
    assert set(found.values()) == {(False, False)} and not is_file(tmp_path / "none")
    assert sorted(files_below(tmp_path)) == ["file", "folder/in", "itself", "pipe", "to file", "to folder"]


def test_a_name_that_is_no_text_can_be_shown():
    assert printable(os.fsdecode(b"bad\xff.mp4")) == "bad\\udcff.mp4"
    assert printable("\ud800 ü") == "\\ud800 ü"
