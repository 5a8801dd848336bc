"""Export of a finished run: only its own dancers, and nothing of the user's is written over."""

import json

import pytest
from toy_chain import make_chain

from dance3d.pipeline.export_run import export_again
from dance3d.pipeline.result_json import dancer_folders


@pytest.fixture
def out(monkeypatch, tmp_path):
    chain = make_chain(monkeypatch, tmp_path)
    chain.run()
    return chain.out


def test_new_files_are_listed_and_the_run_stays_finished(out):
    (path,) = export_again(out, ["json"])
    assert path == out / "person-1" / "pose3d.json" and path.is_file()
    said = json.loads((out / "result.json").read_text())
    assert {"person-1/pose3d.json", "person-1/pose3d.npz", "report.html"} < set(said["files"])
    assert not [p.name for p in out.iterdir() if p.name.startswith(".")]


def test_a_file_of_the_users_is_kept(out, caplog):
    (out / "person-1" / "pose3d.json").write_text("mine")
    (out / "person-1" / "pose3d.csv").write_text("corrected")
    export_again(out, ["json", "csv"])
    assert (out / "person-1" / "pose3d-old.json").read_text() == "mine"
    assert (out / "person-1" / "pose3d-old.csv").read_text() == "corrected"
    assert "kept as pose3d-old.json" in caplog.text


def test_a_folder_that_is_no_dancer_of_the_run_is_left_alone(out):
    for name in ("person-2", "person-1-old", "person-x"):
        (out / name).mkdir()
        (out / name / "pose3d.npz").write_bytes((out / "person-1" / "pose3d.npz").read_bytes())
    assert dancer_folders(out) == {1: out / "person-1"}
    assert [path.parent.name for path in export_again(out, ["json"])] == ["person-1"]
    (out / "result.json").unlink()  # parts of a run have none: then the numbers tell
    assert dancer_folders(out) == {1: out / "person-1", 2: out / "person-2"}
