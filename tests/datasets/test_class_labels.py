import pytest

from dance3d.datasets.class_labels import read_labels


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_a_folder_per_class(tmp_path):
    touch(tmp_path, "tango/b.mp4", "tango/deep/a.MOV", "waltz/c.webm", "waltz/notes.txt", ".hidden/d.mp4", "readme.md")
    got = [(p.relative_to(tmp_path).as_posix(), label) for p, label, _ in read_labels(tmp_path)]
    assert got == [("tango/b.mp4", "tango"), ("tango/deep/a.MOV", "tango"), ("waltz/c.webm", "waltz")]


def test_a_csv(tmp_path):
    touch(tmp_path, "clips/a b.mp4", "c.mp4")
    file = tmp_path / "list.csv"
    file.write_text(f"\ufeffLabel, Path ,note\nwaltz,clips/a b.mp4,x\ntango,{tmp_path / 'c.mp4'},\n", encoding="utf-8")
    assert read_labels(file) == [(tmp_path / "c.mp4", "tango", ""), (tmp_path / "clips" / "a b.mp4", "waltz", "")]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("path,label\na.mp4,x\nnone.mp4,y\n", r"line 3: .*none.mp4 is no file"),
        (f"path,label\na.mp4,x\n{'n' * 5000}.mp4,y\n", r"line 3: .*nnn.mp4 is no file"),
        ("path,label\na.mp4,x\nb.mp4,x\n", "classes of videos: x; a classifier needs two"),
        ("path,label\na.mp4,x\n./a.mp4,y\n", r"a.mp4 is listed twice, as 'x' and as 'y'"),
        ("path,label\na.mp4,\n", "line 2: path 'a.mp4' and label ''"),
        ("file,class\na.mp4,x\n", r"\['file', 'class'\]; expected path and label"),
        ("", r"\[\]; expected path and label"),
        ("path,label\n", "classes of videos: none; a classifier needs two"),
    ],
)
def test_a_wrong_csv_is_explained(tmp_path, rows, says):
    touch(tmp_path, "a.mp4", "b.mp4")
    (tmp_path / "list.csv").write_text(rows)
    with pytest.raises(ValueError, match=says):
        read_labels(tmp_path / "list.csv")


def test_a_wrong_folder_is_explained(tmp_path):
    touch(tmp_path, "tango/a.mp4", "waltz/notes.txt")
    with pytest.raises(ValueError, match="waltz holds no video"):
        read_labels(tmp_path)
    with pytest.raises(ValueError, match="neither a folder"):
        read_labels(tmp_path / "nothing")


def test_a_csv_may_name_the_dancers(tmp_path):
    touch(tmp_path, "a.mp4", "b.mp4")
    (tmp_path / "l.csv").write_text("path,label,dancer\na.mp4,waltz, Ana \nb.mp4,tango,\n")
    assert [one.dancer for one in read_labels(tmp_path / "l.csv")] == ["", "Ana"]


def test_a_table_of_excel_is_read(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "l.csv").write_bytes("path;label\r\na.mp4;Chaîné\r\nb.mp4;tango\r\n".encode("cp1252"))
    assert [one.label for one in read_labels(tmp_path / "l.csv")] == ["Chaîné", "tango"]
