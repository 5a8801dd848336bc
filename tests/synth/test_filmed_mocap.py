import json

import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.synth import rendered_films
from dance3d.synth.filmed_mocap import add_films, write_films


def test_films_are_aligned_with_their_index(tmp_path):
    write_films(tmp_path, "synth", clips=1, seconds=1.0, cameras=2, noise_px=2.0, missing=0.1, seed=3)
    index = json.loads((tmp_path / "index.json").read_text())
    assert len(index) == 10 and {line["genre"] for line in index} == {
        "salsa",
        "indian",
        "modern",
        "martial",
        "everyday",
    }
    for number in range(len(index)):
        keypoints = artefacts.load(tmp_path / "keypoints" / f"{number:04d}.npz", Keypoints2D)
        truth = artefacts.load(tmp_path / "truth" / f"{number:04d}.npz", Pose3D)
        assert keypoints.frames == truth.frames and truth.up is not None


def test_films_know_their_fold_and_detected_ones_come_after_them(tmp_path, monkeypatch):
    """Groups are whole; the fold of a rendered film is that of its take; where nobody was found there is no film."""
    monkeypatch.setattr(rendered_films, "_SIZES", ((64, 48),))
    for name in ("films", "rendered"):
        (tmp_path / name).mkdir()
    write_films(tmp_path / "films", "synth", 3, 1.0, 1, 2.0, 0.1, 3, tempos=(1.3,), invented=1, folds=2)
    lines = json.loads((tmp_path / "films" / "index.json").read_text())
    assert {line["fold"] for line in lines if not line["group"].startswith("babble")} == {0, 1}
    assert {line["fold"] for line in lines if line["group"].startswith("babble")} == {-1}, "invented motion has none"
    rendered_films.write_videos(tmp_path / "rendered", "synth", 3, 0.3, 3, 1.0, 0)
    rendered = json.loads((tmp_path / "rendered" / "index.json").read_text())
    frames = [artefacts.load(tmp_path / "rendered" / "truth" / f"{n:04d}.npz", Pose3D).frames for n in range(3)]
    found = [Keypoints2D(np.zeros((n, 17, 2)), *[np.ones((n, 17))] * 2, np.arange(n) / 30, (64, 48)) for n in frames]
    add_films(tmp_path / "films", tmp_path / "rendered", [found[0], None, found[2]])
    more = json.loads((tmp_path / "films" / "index.json").read_text())[len(lines) :]
    assert [line["name"] for line in more] == [rendered[0]["name"], rendered[2]["name"]]
    of = {line["group"]: line["fold"] for line in lines}
    assert [line["fold"] for line in more] == [of[line["group"]] for line in more]
    for number in range(len(lines), len(lines) + 2):
        keypoints = artefacts.load(tmp_path / "films" / "keypoints" / f"{number:04d}.npz", Keypoints2D)
        assert keypoints.frames == artefacts.load(tmp_path / "films" / "truth" / f"{number:04d}.npz", Pose3D).frames
    with pytest.raises(ValueError, match="a group for each"):
        (tmp_path / "few").mkdir()
        write_films(tmp_path / "few", "synth", 3, 1.0, 1, 2.0, 0.1, 3, folds=99)
