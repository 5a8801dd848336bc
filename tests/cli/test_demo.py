from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.cli import main
from dance3d.cli.demo import _scores
from dance3d.pipeline import run as pipeline


def test_the_shipped_weights_run_on_a_video_of_ones_own(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(pipeline, "run", lambda video, out, **given: asked.append((video, out, sorted(given))))
    words = ["demo", "mine.mp4", "-o", str(tmp_path), "--no-cache"]
    assert main(words) == 0 and capsys.readouterr().out == f"report: {tmp_path / 'report.html'}\n"
    assert main([*words, "-q"]) == 0 and capsys.readouterr().out == f"{tmp_path / 'report.html'}\n"
    assert [(video.name, out, given) for video, out, given in asked] == [
        ("mine.mp4", tmp_path, ["cache", "report"])  # and no weights but those that ship
    ] * 2


def test_scores_of_the_truth_are_full_and_say_how_much_was_found():
    dancer = fake_dancer(fake_clip(1).time)
    lost = replace(dancer.pose, xyz=np.where(np.arange(25)[:, None, None] < 5, np.nan, dancer.pose.xyz))
    found, mpjpe, p_mpjpe, moves, genre = _scores(
        SimpleNamespace(dancers=[replace(dancer, pose=lost)]), dancer.pose, dancer.keypoints
    )
    assert found == "dancer found in 80.0% of 25 frames; keypoints off by 0.0 px (median)"
    assert (mpjpe, p_mpjpe) == ("MPJPE 0.0 mm", "P-MPJPE 0.0 mm")
    assert moves.startswith("movements: macro-F1 0.") and genre.endswith("danced was salsa")
    assert _scores(SimpleNamespace(dancers=[]), dancer.pose, dancer.keypoints) == [
        "nobody was found in the rendered clip"
    ]
