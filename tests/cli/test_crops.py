from pathlib import Path

import pytest

from dance3d.cli import main
from dance3d.datasets import crop_sources
from dance3d.datasets.crop_sources import FootageCounts
from dance3d.pipeline.exit_codes import REFUSED, USAGE


def test_the_words_are_passed_on_and_what_was_found_is_told(monkeypatch, capsys):
    asked = []

    def write_crops(*given):
        asked.append(given)
        return FootageCounts(moments=3, views=6, empty=1)

    monkeypatch.setattr(crop_sources, "write_crops", write_crops)
    assert main(["crops", "set", "-o", "out"]) == 0
    *told, place = capsys.readouterr().out.splitlines()
    assert told == FootageCounts(moments=3, views=6, empty=1).lines() and place == "out"
    words = ["--kind", "video", "--foreground", "mog2", "--size", "32", "--every", "5", "--split", "val", "--standing"]
    assert main(["crops", "set", "-o", "out", "-q", *words]) == 0 and capsys.readouterr().out == "out\n"
    assert asked == [
        (Path("set"), Path("out"), "auto", "auto", 64, 1, None, False),
        (Path("set"), Path("out"), "video", "mog2", 32, 5, "val", True),
    ]


def test_footage_of_no_kind_is_one_line_and_a_place_is_needed(tmp_path, capsys):
    assert main(["crops", str(tmp_path), "-o", str(tmp_path / "out")]) == REFUSED
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as stop:
        main(["crops", str(tmp_path)])
    assert stop.value.code == USAGE
