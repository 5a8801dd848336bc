import threading

from dance3d.pipeline.many.table_files import read_table, tables_of, write_table

COLUMNS = ("file", "folder", "reason", "exit_code")
ROWS = [{"file": 'a, "b"\nc.mp4', "folder": "=x", "reason": "ümlaut", "exit_code": "3"}]


def test_a_table_is_read_as_it_was_written(tmp_path):
    write_table(tmp_path / "t.csv", COLUMNS, ROWS)
    assert read_table(tmp_path / "t.csv", COLUMNS) == ROWS
    write_table(tmp_path / "t.csv", COLUMNS, [{"file": "b"}])
    assert read_table(tmp_path / "t.csv", COLUMNS) == [{"file": "b", "folder": "", "reason": "", "exit_code": ""}]
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_table_of_a_later_version_has_more_columns(tmp_path):
    write_table(tmp_path / "t.csv", (*COLUMNS, "more"), ROWS)
    assert read_table(tmp_path / "t.csv", COLUMNS)[0]["reason"] == "ümlaut"


def test_a_table_of_the_users_is_kept(tmp_path, caplog):
    for number, content in enumerate((b"my,own\n1,2\n", b"\xff\xfe\x00", b""), 1):
        (tmp_path / "t.csv").write_bytes(content)
        assert read_table(tmp_path / "t.csv", COLUMNS) == []
        write_table(tmp_path / "t.csv", COLUMNS, ROWS)
        kept = tmp_path / ("t-old.csv" if number == 1 else f"t-old-{number}.csv")
        assert kept.read_bytes() == content and "kept as" in caplog.text
    (tmp_path / "t.csv").unlink()
    (tmp_path / "t.csv").symlink_to(tmp_path / "t-old.csv")
    write_table(tmp_path / "t.csv", COLUMNS, ROWS)
    assert not (tmp_path / "t.csv").is_symlink() and (tmp_path / "t-old.csv").read_bytes() == b"my,own\n1,2\n"


def test_one_at_a_time_changes_the_tables_of_a_folder(tmp_path):
    def add():
        for _ in range(20):
            with tables_of(tmp_path / "out"):
                path = tmp_path / "out/n.txt"
                path.write_text(str(int(path.read_text()) + 1 if path.exists() else 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "out/n.txt").read_text() == "80"
