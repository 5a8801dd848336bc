"""What the page is told of finished runs."""

import json

import pytest
from studio_results import NAME, made_result

from dance3d.studio.results import is_finished, page_of, row_of


def test_a_result_with_its_doubts_pictures_and_files(monkeypatch, tmp_path):
    space = made_result(monkeypatch, tmp_path)
    folder = space.folder("results") / NAME
    page = page_of(folder, space.folder("thumbnails") / NAME)
    assert json.dumps(page, allow_nan=False) and page["clip"] == "clip" and page["overlay"] and page["report"]
    assert [one["person"] for one in page["dancers"]] == [1, 2, 3] and all(one["pictures"] for one in page["dancers"])
    assert len(page["doubts"]) == 1 and page["edits"] == []
    assert "person-1/pose3d.bvh" in page["files"] and not any(name.startswith(".") for name in page["files"])
    assert row_of(folder)["dancers"][0] == {"person": 1, "name": ""} and is_finished(folder)


def test_pictures_of_another_state_are_not_shown(monkeypatch, tmp_path):
    space = made_result(monkeypatch, tmp_path)
    folder = space.folder("results") / NAME
    (folder / "result.json").write_text((folder / "result.json").read_text() + " ")
    page = page_of(folder, space.folder("thumbnails") / NAME)
    assert page["doubts"] == [] and page["dancers"][0]["pictures"] == []


def test_a_damaged_result_is_one_line_in_the_list(tmp_path):
    (tmp_path / "result.json").write_text("{")
    assert "result.json" in row_of(tmp_path)["error"]
    (tmp_path / "result.json").write_text('{"schema": "dance3d.result/1", "dancers": [{}]}')
    assert row_of(tmp_path)["error"]
    with pytest.raises(ValueError):
        page_of(tmp_path / "nothing", tmp_path)
