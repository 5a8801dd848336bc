import csv
import json

import pytest
from toy_chain import make_chain

from dance3d.pipeline.many import index as module
from dance3d.pipeline.many.index import INDEX, PARQUET, TYPES, result_folders, rows, write_index
from dance3d.pipeline.many.job import Job, do

DANCER = {
    "person": 2,
    "name": "Ann",
    "start": 5,
    "frames": 45,
    "seen": 0.9,
    "genre": "salsa",
    "genre_prob": {"salsa": 0.8, "tango": 0.2},
    "known": 0.5,
    "rhythm": {"tempo": 120.0},
    "trust": {"In sight": "good", "Level": "poor"},
    "words": {"turn_left": 2, "spin": 1},
    "answer": {"text": "like salsa", "grade": "like", "sure": 0.4},
    "movements": {"head.bob": 3, "head.turn_left": 1, "l_arm.raise_side": 2},
}
RESULT = {
    "schema": "dance3d.result/1",
    "video": {"sha256": "5" * 64, "path": "../../films/a.mp4", "fps": 25.0, "frames": 50},
    "dancers": [DANCER],
    "warnings": ["one", "two"],
}


def read(out):
    with (out / INDEX).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def put(folder, result):
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(result))


def test_what_a_row_says():
    (row,) = rows(RESULT, "sub/a")
    assert set(row) <= set(TYPES)
    assert (row["file"], row["folder"], row["report"]) == ("films/a.mp4", "sub/a", "sub/a/report.html")
    assert (row["person"], row["name"], row["frames"], row["seconds"], row["seen"]) == (2, "Ann", 45, 1.8, 0.9)
    assert (row["genre"], row["answer"], row["grade"], row["sure"], row["tempo"]) == (
        "salsa", "like salsa", "like", 0.4, 120.0,
    )  # fmt: skip
    assert row["words"] == "turn_left spin"
    assert (row["trust_sight"], row["trust_level"], row["trust_fit"]) == ("good", "poor", "")
    assert (row["most_head"], row["most_l_arm"], row["most_l_leg"], row["movements"]) == ("bob", "raise_side", "", 6)
    assert row["warnings"] == "one | two" and row["pose"] == "sub/a/person-2/pose3d.csv"


def test_a_video_with_nobody_has_a_row_without_a_dancer():
    (row,) = rows({**RESULT, "dancers": []}, "a")
    assert "person" not in row and (row["frames"], row["seconds"]) == (50, 2.0)


def test_an_index_is_of_all_results_whoever_made_them(tmp_path, caplog):
    put(tmp_path / "b", RESULT)
    put(tmp_path / "sub/a", {**RESULT, "dancers": [DANCER, {**DANCER, "person": 3}]})
    put(tmp_path / "other", {"schema": "of others"})
    put(tmp_path / ".hidden", RESULT)
    put(tmp_path / "old", {**RESULT, "dancers": [{k: v for k, v in DANCER.items() if k not in ("seen", "trust")}]})
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/result.json").write_text("{")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    assert write_index(tmp_path) == 4
    assert [(row["folder"], row["person"]) for row in read(tmp_path)] == [
        ("b", "2"),
        ("old", "2"),
        ("sub/a", "2"),
        ("sub/a", "3"),
    ]
    assert read(tmp_path)[1]["seen"] == ""
    assert f"index: {tmp_path / 'broken'} is left out" in caplog.text and f"{tmp_path / 'other'} is left" in caplog.text


def test_without_results_there_is_no_index(tmp_path):
    assert write_index(tmp_path / "none") == 0 and not (tmp_path / "none" / INDEX).exists()


def test_the_rows_of_parquet_have_types(tmp_path):
    pandas, parquet = pytest.importorskip("pandas"), pytest.importorskip("pyarrow.parquet")
    put(tmp_path / "a", RESULT)
    put(tmp_path / "b", {**RESULT, "dancers": []})
    (tmp_path / PARQUET).write_text("mine")
    write_index(tmp_path)
    assert (tmp_path / "index-old.parquet").read_text() == "mine"
    table = parquet.read_table(tmp_path / PARQUET).to_pylist()
    assert [row["person"] for row in table] == [2, None] and table[0]["seen"] == 0.9
    write_index(tmp_path)
    assert not (tmp_path / "index-old-2.parquet").exists()
    frame = pandas.read_csv(tmp_path / INDEX)
    assert list(frame.columns) == list(TYPES) and frame.seen[0] == 0.9


def test_without_pyarrow_there_is_the_csv(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    put(tmp_path / "a", RESULT)
    assert write_index(tmp_path) == 1 and not (tmp_path / PARQUET).exists()


def test_a_run_says_all_that_the_index_shows(tmp_path, monkeypatch):
    chain = make_chain(monkeypatch, tmp_path)
    result = do(Job(chain.video, tmp_path / "all/clip", cache=tmp_path / "cache")).result
    (row,) = rows(result, "clip")
    assert row["file"] == "../clip.mp4" and row["seen"] == 1.0 and row["trust_sight"] == "good"
    assert row["movements"] >= 0 and list(result_folders(tmp_path / "all")) == [tmp_path / "all/clip"]
    assert module.OWN_NAMES[:2] == (INDEX, PARQUET)
