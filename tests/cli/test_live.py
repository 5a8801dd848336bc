"""``dance3d live`` without a page: lines, ends, errors, and the minute that is kept."""

import sys

import pytest

from dance3d.cli import main
from dance3d.io.video.opening import VideoError
from dance3d.studio.live.stream_source import StreamSource
from dance3d.synth.clip import write_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    write_scene(folder, "salsa", seconds=2.0, seed=1)
    return folder / "video.mp4"


def test_lines_tell_how_late_it_is_and_the_stream_ends(scene, capsys):
    assert main(["live", str(scene), "--no-page"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].lstrip().startswith("1.") and "frames/s" in lines[0]
    assert lines[-1].count(" ms late") == 1 and "of 60 left out" in lines[-1]


def test_it_ends_after_so_many_pictures_or_seconds(scene, capsys):
    assert main(["live", str(scene), "--no-page", "-q", "--frames", "2"]) == 0
    assert main(["live", str(scene), "--no-page", "-q", "--seconds", "0"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_last_minute_is_run_as_any_video(scene, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(sys.modules["dance3d.cli.main"], "main", lambda words: asked.append(words) or 0)
    assert main(["live", str(scene), "--no-page", "-q", "--keep", str(tmp_path)]) == 0
    (folder,) = tmp_path.iterdir()
    assert asked == [["run", str(folder / "live.mkv"), "-o", str(folder / "results"), "-q"]]
    assert (folder / "live.mkv").stat().st_size > 1000


def test_what_was_seen_is_kept_where_the_stream_broke_off(scene, tmp_path, monkeypatch, capsys):
    asked, read = [], StreamSource.newest

    def broken(source):
        if source.read > 20:
            raise VideoError(f"{source.address}: broke off")
        return read(source)

    monkeypatch.setattr(StreamSource, "newest", broken)
    monkeypatch.setattr(sys.modules["dance3d.cli.main"], "main", lambda words: asked.append(words) or 0)
    assert main(["live", str(scene), "--no-page", "-q", "--keep", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert "broke off" in said.err and "frames/s" in said.out
    assert len(asked) == 1 and list(tmp_path.glob("*/live.mkv"))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["nothing.mp4"], 3, "give the number of a camera"),
        (["x.mp4", "--late", "-1"], 2, "seconds"),
        (["x.mp4", "--frames", "0"], 2, "whole number"),
        (["x.mp4", "--quality", "perfect"], 2, "choose from"),
    ],
)
def test_bad_words_are_one_error(words, code, told, capsys):
    try:
        assert main(["live", "--no-page", *words]) == code
    except SystemExit as end:
        assert end.code == code
    assert told in capsys.readouterr().err


def test_a_page_without_its_packages_names_them(scene, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["live", str(scene)]) == 3
    assert "--no-page" in capsys.readouterr().err
