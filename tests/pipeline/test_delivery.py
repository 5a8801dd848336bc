"""Delivery: what is not ours stays, nothing is half replaced, and a change meanwhile is noticed."""

import json
import os
import shutil

import pytest

from dance3d.pipeline import delivery
from dance3d.pipeline.delivery import LISTED, RESULT, SCHEMA, FolderChanged, deliver, prepared, state, written

ONE = {"person-1/a.csv": b"a1", "person-2/a.csv": b"a2", "report.html": b"page"}
SAID = {"schema": SCHEMA, "dancers": [{"person": 1}, {"person": 2}]}


def tree(folder):
    """All files below a folder, with what they hold."""
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def without_result(folder):
    return {name: text for name, text in tree(folder).items() if name != RESULT}


def test_files_are_there_and_listed_and_nothing_else_is(tmp_path):
    (tmp_path / "from").write_bytes(b"film")
    out = tmp_path / "out"
    out.mkdir()
    listed = deliver(out, {**ONE, "overlay.mp4": tmp_path / "from"}, SAID)
    assert without_result(out) == {name: data.decode() for name, data in ONE.items()} | {"overlay.mp4": "film"}
    assert json.loads((out / RESULT).read_text()) == {**SAID, "files": listed}
    assert {name: {sha256} for name, sha256 in listed.items()} == written(out)


def test_a_folder_of_the_users_stays_whatever_its_name(tmp_path):
    (tmp_path / "person-2").mkdir()
    (tmp_path / "person-2" / "thesis.txt").write_text("mine")
    (tmp_path / "person-9").mkdir()
    for _ in range(2):
        deliver(tmp_path, {"person-1/a.csv": b"x"}, SAID)
    assert (tmp_path / "person-2" / "thesis.txt").read_text() == "mine" and (tmp_path / "person-9").is_dir()


def test_dancers_who_are_gone_go_but_not_what_was_added_or_changed(tmp_path, caplog):
    deliver(tmp_path, ONE | {"person-3/a.csv": b"a3", "person-4/a.csv": b"a4"}, SAID)
    (tmp_path / "person-3" / "notes.txt").write_text("mine")
    (tmp_path / "person-4" / "a.csv").write_text("corrected by hand")
    deliver(tmp_path, {"person-1/a.csv": b"a1"}, SAID)
    assert without_result(tmp_path) == {
        "person-1/a.csv": "a1", "person-3/notes.txt": "mine", "person-4/a.csv": "corrected by hand",
    }  # fmt: skip


@pytest.mark.parametrize("theirs", ["file", "folder", "link", "pipe"])
@pytest.mark.parametrize("name", ["report.html", "person-1", RESULT, "person-1/a.csv"])
def test_whatever_lies_where_a_file_belongs_is_kept(tmp_path, theirs, name, caplog):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    (out / name).parent.mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "a.csv").write_text("mine")
    {
        "file": lambda: (out / name).write_text("mine"),
        "folder": lambda: (out / name).mkdir(),
        "link": lambda: (out / name).symlink_to(elsewhere),
        "pipe": lambda: os.mkfifo(out / name),
    }[theirs]()
    deliver(out, ONE, SAID)
    assert {name: text for name, text in tree(out).items() if name in ONE} == {n: d.decode() for n, d in ONE.items()}
    assert tree(elsewhere) == {"a.csv": "mine"}
    stem, dot, ending = name.partition(".")
    kept = out / f"{stem}-old{dot}{ending}"
    if (theirs, name) == ("folder", "person-1"):
        assert not kept.exists()  # a folder is where the files belong
    else:
        assert os.path.lexists(kept) and kept.name in caplog.text
        assert theirs != "file" or kept.read_text() == "mine"


def test_a_file_changed_by_hand_is_kept_once_and_each_time_under_a_new_name(tmp_path):
    deliver(tmp_path, ONE, SAID)
    for text in ("first", "second"):
        (tmp_path / "report.html").write_text(text)
        deliver(tmp_path, ONE, SAID)
    assert without_result(tmp_path).items() >= {"report-old.html": "first", "report-old-2.html": "second"}.items()
    assert (tmp_path / "report.html").read_text() == "page"


def test_a_list_of_files_that_leads_out_is_not_believed(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "mine").write_text("a1")
    deliver(out, {"person-1/a.csv": b"a1"}, SAID)
    said = json.loads((out / RESULT).read_text())
    said["files"] = {"../mine": said["files"]["person-1/a.csv"], str(tmp_path / "mine"): "x", "a/../../mine": "y"}
    (out / RESULT).write_text(json.dumps(said))
    assert written(out) == {}
    deliver(out, {}, SAID)
    assert (tmp_path / "mine").read_text() == "a1"


def test_of_a_version_that_listed_no_files_nothing_is_removed(tmp_path):
    deliver(tmp_path, ONE, SAID)
    (tmp_path / RESULT).write_text(json.dumps(SAID))
    deliver(tmp_path, {"person-1/a.csv": b"new"}, SAID)
    assert {"person-1/a-old.csv", "person-2-old/a.csv", "report.html"} < set(tree(tmp_path))


def test_a_change_meanwhile_is_noticed_and_nothing_is_written(tmp_path):
    deliver(tmp_path, ONE, SAID)
    (tmp_path / "tracks.json").write_text("one")
    start = state(tmp_path, "tracks.json", RESULT)
    (tmp_path / "tracks.json").write_text("two")
    before = tree(tmp_path)
    with pytest.raises(FolderChanged, match="were changed while this run worked"):
        deliver(tmp_path, {"person-1/a.csv": b"new"}, SAID, start=start)
    assert tree(tmp_path) == before and len(list(tmp_path.iterdir())) == 5


def test_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    deliver(tmp_path, ONE, SAID)
    before, whole = tree(tmp_path), delivery._copy

    def full(source, target):
        if source == b"new page":
            raise OSError(28, "No space left on device")
        return whole(source, target)

    monkeypatch.setattr(delivery, "_copy", full)
    with pytest.raises(OSError, match="No space left"):
        deliver(tmp_path, {"person-1/a.csv": b"new", "report.html": b"new page"}, SAID)
    assert tree(tmp_path) == before and not any(p.name.startswith(".") for p in tmp_path.iterdir())


def test_parts_of_a_run_leave_a_finished_one_alone_unless_they_replace_its_files(tmp_path):
    deliver(tmp_path, ONE, SAID)
    deliver(tmp_path, {"person-1/lift.npz": b"l", "person-1/a.csv": b"a1"}, None)
    assert (tmp_path / RESULT).exists()
    deliver(tmp_path, {"person-1/a.csv": b"of other settings"}, None)
    assert not (tmp_path / RESULT).exists() and (tmp_path / LISTED).exists()
    deliver(tmp_path, ONE, SAID)  # what the parts wrote is known as ours: nothing is kept under another name
    assert set(without_result(tmp_path)) == {*ONE, "person-1/lift.npz", LISTED}
    deliver(tmp_path, {"person-2/a.csv": b"a2"}, SAID)
    assert set(without_result(tmp_path)) == {"person-2/a.csv"}


def test_results_are_prepared_before_the_work_and_leave_no_trace_of_a_failure(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="is a file, expected a folder"), prepared(tmp_path / "file"):
        pytest.fail("worked")
    with pytest.raises(ValueError, match="no results can be written there"), prepared(tmp_path / "file" / "out"):
        pytest.fail("worked")
    with pytest.raises(KeyError), prepared(tmp_path / "a" / "b"):
        raise KeyError
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with prepared(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    with prepared(None):
        pass
    shutil.rmtree(tmp_path / "a")
