import re

import bad_clips as clips
import pytest

from dance3d.cli import main
from dance3d.cli.check import check_video
from dance3d.io.video.reader import VideoError
from dance3d.pipeline.exit_codes import REFUSED


def test_a_sound_clip_is_told_in_four_lines(tmp_path, capsys):
    path = clips.write(tmp_path / "even.mp4", clips.EVEN)
    assert main(["check", str(path)]) == 0
    size, frames, span, verdict = capsys.readouterr().out.splitlines()
    assert size == f"even.mp4: h264, {clips.WIDTH}x{clips.HEIGHT} as displayed, rotated by 0 degrees"
    assert frames == "60 frames decoded of 60 expected, 30.000 frames/s by the median step"
    assert span == "from 0.000 s to 1.967 s; sound: no" and verdict == "nothing is missing or damaged"


def test_what_is_missing_turned_or_damaged_is_said(tmp_path):
    whole = clips.write(tmp_path / "even.mp4", clips.EVEN)
    turned = list(check_video(clips.turn(whole, tmp_path / "turned.mp4", 90)))
    assert f"{clips.HEIGHT}x{clips.WIDTH} as displayed, rotated by 90 degrees" in turned[0]
    cut = list(check_video(clips.halve(clips.write(tmp_path / "whole.mkv", clips.EVEN), tmp_path / "cut.mkv")))
    assert any(line.startswith("missing: ") for line in cut)
    assert re.fullmatch(r"1 damaged packet|\d+ damaged packets", cut[-1])


def test_what_is_no_video_is_one_line(tmp_path, capsys):
    (tmp_path / "a.mp4").write_text("text")
    assert main(["check", str(tmp_path / "a.mp4")]) == REFUSED
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(VideoError):
        list(check_video(tmp_path / "a.mp4"))


def test_what_is_odd_is_noted(tmp_path):
    whole = clips.write(tmp_path / "even.ts", clips.EVEN[:30])
    joined = tmp_path / "joined.ts"
    joined.write_bytes(whole.read_bytes() * 2)
    lines = list(check_video(joined))
    assert lines[1] == "60 frames decoded of 60 expected, 30.000 frames/s by the median step"
    assert any(line.startswith("note: the clock jumps at 1.00 s") for line in lines)
    assert lines[-1] == "nothing is missing or damaged"
