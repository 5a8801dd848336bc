"""``dance3d tracks``: what it refuses, and that the folder stays as it was."""

import pytest
from edited_tracks import command, first_run, loaded, make_fake_run

from dance3d.pipeline.exit_codes import REFUSED


@pytest.fixture
def fake_run(monkeypatch, tmp_path):
    return make_fake_run(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("swap", 1, 9, "--at", 0.2), "there is no dancer 9; there are: 1, 2, 3"),
        (("swap", 1, 2, "--at", 99), "99.00 s is not in the clip: 0.00 to 0.76 s"),
        (("merge", 1, 2), "both there in"),
        (("rename", 1, ""), "the name for dancer 1 is empty"),
        (("undo",), "nothing was edited"),
    ],
)
def test_an_edit_that_does_not_fit_leaves_the_folder_as_it_was(fake_run, capsys, words, message):
    out, _ = first_run(fake_run)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert command(fake_run, *words) == REFUSED
    assert message in capsys.readouterr().err
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


def test_a_video_that_moved_is_asked_for_and_known_by_its_bytes(fake_run, capsys):
    folder, _, _ = fake_run
    out, _ = first_run(fake_run)
    (folder / "clip.mp4").rename(folder / "moved.mp4")
    assert command(fake_run, "rename", 1, "Anna") == REFUSED
    assert "say where it is with --video PATH" in capsys.readouterr().err
    (folder / "other.mp4").write_bytes(b"something else")
    assert command(fake_run, "rename", 1, "Anna", "--video", folder / "other.mp4") == REFUSED
    assert "is not the video that" in capsys.readouterr().err
    assert command(fake_run, "rename", 1, "Anna", "--video", folder / "moved.mp4") == 0
    assert command(fake_run, "rename", 1, "Bea") == 0
    assert loaded(out, 1).name == "Bea"


def test_nobody_at_all_and_no_run_at_all_say_so(fake_run, capsys):
    _, _, people = fake_run
    assert command(fake_run, "list") == REFUSED
    assert "holds no finished run" in capsys.readouterr().err
    people["found"] = ()
    _, done = first_run(fake_run)
    assert done.result["dancers"] == [] and done.result["warnings"] == ["nobody was found in this video"]
    assert command(fake_run, "list") == 0
    assert "nobody was found" in capsys.readouterr().out
    assert command(fake_run, "keep", 1) == REFUSED
    assert "there is nobody to tell apart" in capsys.readouterr().err
