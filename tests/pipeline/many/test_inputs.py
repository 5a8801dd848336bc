import os
from pathlib import Path

import pytest

from dance3d.pipeline.many.inputs import Found, every_nth, find_inputs, out_folders, results_folder

NAMES = ["b.mp4", "a.MOV", "deep/er/c.mkv", "deep/a.mp4", "notes.md", ".hidden.mp4", ".git/d.mp4"]


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"film")
    return tmp_path / "in"


def names(found):
    return [one.name.as_posix() for one in found]


def test_a_folder_means_the_videos_in_it_and_below_sorted_and_nothing_hidden(folder):
    found = find_inputs([folder])
    assert [one.path.relative_to(folder).as_posix() for one in found] == [
        "a.MOV",
        "b.mp4",
        "deep/a.mp4",
        "deep/er/c.mkv",
    ]
    assert names(found) == ["a", "b", "deep/a", "deep/er/c"]


def test_of_several_folders_each_has_a_folder_of_results(folder):
    assert names(find_inputs([folder / "deep", folder / "b.mp4"])) == ["deep/a", "deep/er/c", "b"]


def test_a_pattern_in_quotes_is_what_a_shell_makes_of_it(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert names(find_inputs([Path("*.mp4")])) == ["b"]
    assert names(find_inputs([folder / "*" / "*.mp4"])) == ["deep/a"]
    assert names(find_inputs([Path("**/*.m[pk][4v]")])) == ["b", "deep/a", "deep/er/c"]
    assert names(find_inputs([Path("*e*")])) == ["deep/a", "deep/er/c", "notes"]
    assert names(find_inputs([Path(".h*.mp4")])) == [".hidden"]
    with pytest.raises(ValueError, match="no video that fits it"):
        find_inputs([Path("*.avi")])
    Path("x[1].mp4").write_bytes(b"film")
    assert names(find_inputs([Path("x[1].mp4")])) == ["x[1]"]


def test_a_list_has_a_path_per_line_seen_from_its_folder(folder):
    text = "# films\r\nb.mp4\n\n  deep/a.mp4  \nmissing.mp4\n" + f"{folder}/deep/er\n"
    (folder / "list.txt").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\xff.mp4\n")
    found = find_inputs([folder / "list.txt"])
    assert names(found) == ["b", "deep/a", "missing", "deep/er/c", os.fsdecode(b"\xff")]
    assert found[2].path == folder / "missing.mp4"
    (folder / "far.txt").write_text("deep/er/c.mkv\ndeep/a.mp4\n")
    assert names(find_inputs([folder / "far.txt"])) == ["er/c", "a"]
    (folder / "notepad.txt").write_text("b.mp4\r\ndeep/ä.mp4\r\n", encoding="utf-16")
    assert names(find_inputs([folder / "notepad.txt"])) == ["b", "deep/ä"]
    (folder / "binary.txt").write_bytes(b"a\0b\n")
    with pytest.raises(ValueError, match=r"binary\.txt is no text"):
        find_inputs([folder / "binary.txt"])
    (folder / "empty.txt").write_text("# nothing\n")
    with pytest.raises(ValueError, match=r"empty\.txt lists no file"):
        find_inputs([folder / "empty.txt"])


def test_keypoints_are_taken_as_they_are(folder):
    assert find_inputs([folder], keypoints=True) == [Found(folder, Path("in"))]
    assert names(find_inputs([folder / "d*"], keypoints=True)) == ["deep"]


def test_what_is_named_twice_is_done_once(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert names(find_inputs([Path("b.mp4"), folder / "b.mp4", folder])) == ["b", "in/a", "in/deep/a", "in/deep/er/c"]


def test_an_empty_folder_and_one_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="holds no video"):
        find_inputs([tmp_path])
    (tmp_path / "a.mp4").write_bytes(b"")
    monkeypatch.setattr(os, "scandir", lambda place: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(ValueError, match="cannot be read"):
        find_inputs([tmp_path])


def test_results_are_no_inputs_wherever_they_lie(folder):
    (folder / "out/b").mkdir(parents=True)
    (folder / "out/b/overlay.mp4").write_bytes(b"film")
    assert "out/b/overlay" not in names(find_inputs([folder], folder / "out"))
    assert "out/b/overlay" in names(find_inputs([folder]))
    (folder / "out/b/result.json").write_text('{\n "schema": "dance3d.result/1"}')
    assert "out/b/overlay" not in names(find_inputs([folder]))
    (folder / "out/b/result.json").unlink()
    (folder / "out/b/.dance3d-files.json").write_text("{}")
    assert "out/b/overlay" not in names(find_inputs([folder], folder))


def test_links_in_circles_end(folder):
    (folder / "deep/up").symlink_to(folder, target_is_directory=True)
    (folder / "deep/er/up").symlink_to(folder / "deep", target_is_directory=True)
    assert len(find_inputs([folder])) == 4
    assert len(find_inputs([folder / "**" / "*.mp4"])) == 2


def test_no_two_inputs_share_a_folder_or_lie_in_each_others(tmp_path):
    def chosen(*given, out=tmp_path):
        return [
            path.relative_to(tmp_path).as_posix() if out else path.as_posix()
            for path in out_folders([Found(Path(f"/x/{name}.mp4"), Path(name)) for name in given], out)
        ]

    assert chosen("clip", "clip", "clip") == ["clip", "clip-2", "clip-3"]
    assert chosen("clip", "clip-2", "clip") == ["clip", "clip-2", "clip-3"]
    assert chosen("Clip", "clip") == ["Clip", "clip-2"]
    assert chosen("a", "a/person-1", "a-2") == ["a-2", "a/person-1", "a-2-2"]
    assert chosen("index.csv", "failures.csv") == ["index.csv-2", "failures.csv-2"]
    assert chosen("a/clip", "b/clip", out=None) == ["clip-dance3d", "clip-2-dance3d"]
    assert len(set(chosen(*["same"] * 10_000))) == 10_000


def test_a_name_of_dots_is_no_other_folder(tmp_path):
    for name in ("..mp4", "...mp4", ".mp4"):
        (tmp_path / name).write_bytes(b"film")
        assert names(find_inputs([tmp_path / name])) == [name]


def test_shards_are_all_inputs_once():
    parts = [list(every_nth(10, (number, 3))) for number in (1, 2, 3)]
    assert parts == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    assert list(every_nth(2, None)) == [0, 1] and list(every_nth(2, (3, 3))) == []


def test_where_all_results_go(tmp_path):
    assert results_folder([tmp_path], None) == Path(f"{tmp_path.name}-dance3d")
    assert results_folder([tmp_path / "films.txt"], None) == Path("films-dance3d")
    assert results_folder([tmp_path], tmp_path / "out") == tmp_path / "out"
    assert results_folder([Path("a.mp4"), Path("b.mp4")], None) is None
