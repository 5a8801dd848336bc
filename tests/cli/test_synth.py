import motion_sets
import pytest

from dance3d import cli
from dance3d.datasets.crop_folder import Crops
from dance3d.pipeline.exit_codes import REFUSED


def test_the_command_writes_crops(tmp_path, capsys):
    assert cli.main(["synth", "--crops", "3", "--crop-size", "16", "-o", str(tmp_path / "out")]) == 0
    assert len(Crops(tmp_path / "out")) == 3 and capsys.readouterr().out.strip() == str(tmp_path / "out")


@pytest.mark.parametrize("words", ["--crops -3", "--crops 0", "--crops 3 --workers -4", "--crops 3 --crop-size 1.5"])
def test_counts_that_are_none_are_refused(tmp_path, capsys, words):
    with pytest.raises(SystemExit) as ended:
        cli.main(["synth", *words.split(), "-o", str(tmp_path / "out")])
    assert ended.value.code == 2 and "is no whole number from 1 on" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_strict_refuses_motion_of_which_a_part_would_be_left_out(tmp_path, capsys):
    text = motion_sets.bvh_text(motion_sets.tool_joints(motion_sets.figure(40), "mixamo"), per_metre=100)
    (tmp_path / "a.bvh").write_text(text.replace("Frames: 40", "Frames: 50"))
    words = ["synth", "--crops", "2", "--crop-size", "16", "--data", str(tmp_path), "-o", str(tmp_path / "out")]
    assert cli.main([*words, "--strict"]) == REFUSED
    assert "says 50 frames, has 40" in capsys.readouterr().err


def test_a_video_that_lies_there_is_kept(tmp_path):
    (tmp_path / "video.mp4").write_bytes(b"my wedding")
    words = ["synth", "--seconds", "0.2", "-o", str(tmp_path)]
    assert cli.main(words) == 0 and cli.main([*words, "--seed", "1"]) == 0
    assert (tmp_path / "video-old.mp4").read_bytes() == b"my wedding" and (tmp_path / "video.mp4").stat().st_size > 1000
    assert sorted(p.name for p in tmp_path.glob("*.*4")) == ["video-old.mp4", "video.mp4"]
