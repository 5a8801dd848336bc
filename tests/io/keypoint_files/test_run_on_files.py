"""From another tool's folder to dancers: the command, the tracker of the settings, and the keys of folders."""

import json
import os

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FIGURE, SIZE

from dance3d.cli import main
from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.detections import Identities
from dance3d.io import artefacts
from dance3d.pipeline.cache_entry import hash_input
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.predict import predict
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.keypoints.tracking import TRACKERS

WRIST = H36M17.index("left_wrist")


def told(**changes):
    return KeypointSettings.read({"backend": "file", "tracker": "sides", "size": SIZE, "fps": 25.0} | changes)


def sides(detections, people):
    """Whoever is in the left half of the picture is 1."""
    middle = np.nanmean(detections.xy[..., 0], 1)
    return Identities(np.where(middle < 200, 1, 2))


@pytest.fixture(autouse=True)
def tracker(monkeypatch):
    monkeypatch.setitem(TRACKERS, "sides", f"{__name__}:sides")


def two(path, frames=12):
    """Two people 160 pixels apart, in turns first in the file."""
    write.openpose(path, frames=frames, shifts=(-80, 80))
    for file in sorted(path.iterdir())[::2]:
        frame = json.loads(file.read_text())
        write.text(file, {**frame, "people": frame["people"][::-1]})
    return path


def test_the_command_makes_two_dancers_of_a_folder(tmp_path, capsys):
    folder, out = two(tmp_path / "clip"), tmp_path / "out"
    words = ["run", folder, "-o", out, "--keypoints", "--format", "openpose", "--size", "400x300", "--fps", "25"]
    words += ["--until", "keypoints", "--set", "keypoints.tracker=sides", "--cache", tmp_path / "cache"]
    assert main([str(word) for word in words]) == 0, capsys.readouterr().err
    assert sorted(p.name for p in out.iterdir() if p.is_dir()) == ["person-1", "person-2"]
    for person, shift in ((1, -80), (2, 80)):
        track = artefacts.load(out / f"person-{person}" / "keypoints.npz", Keypoints2D)
        assert track.frames == 12 and track.fps == pytest.approx(25) and track.measured.all()
        x, y = FIGURE["left_wrist"]
        np.testing.assert_allclose(track.raw[:, WRIST], [(x + shift + t, y) for t in range(12)], atol=1e-3)
    assert main(["openpos" if word == "openpose" else str(word) for word in words]) == 3
    assert "'openpos' is not known; choose from npz, openpose" in capsys.readouterr().err


def test_a_map_may_lie_in_a_file(tmp_path, capsys):
    path = write.deeplabcut(tmp_path / "k.csv", spell=lambda n: {"left_knee": "knee1", "right_knee": "knee2"}.get(n, n))
    given = write.text(tmp_path / "map.yaml", "left_knee: knee1\nright_knee: knee2\n")
    words = ["run", path, "-o", tmp_path / "out", "--keypoints", "--size", "400x300", "--fps", "25", "--until"]
    words += ["keypoints", "--cache", tmp_path / "cache"]
    assert main([str(word) for word in words]) == 3
    assert "which are left_knee, right_knee?" in capsys.readouterr().err
    assert main([str(word) for word in [*words, "--skeleton", given]]) == 0, capsys.readouterr().err
    track = artefacts.load(tmp_path / "out" / "person-1" / "keypoints.npz", Keypoints2D)
    assert tuple(track.xy[0, H36M17.index("left_knee")]) == FIGURE["left_knee"]


def test_frames_keep_their_numbers_and_nobody_is_an_answer(tmp_path):
    path = write.openpose(tmp_path / "late", first=50, frames=4)
    clip, track = predict({"video": path}, told(), None)
    assert isinstance(clip, Clip) and track.start == 50 and clip.time[0] == 2.0
    (alone,) = predict({"video": write.openpose(tmp_path / "none", shifts=())}, told(), None)
    assert isinstance(alone, Clip) and alone.frames == 3
    with pytest.raises(ValueError, match="people is 99"):
        predict({"video": path}, told(people=99), None)


def test_a_folders_key_is_what_lies_in_it(tmp_path):
    one, other = write.openpose(tmp_path / "a"), write.openpose(tmp_path / "b")
    assert hash_input(one) == hash_input(other)
    write.text(other / "clip_000000000001_keypoints.json", {"people": []})
    assert hash_input(one) != hash_input(other)
    next(one.iterdir()).unlink()
    assert len({hash_input(one), hash_input(other), hash_input(write.openpose(tmp_path / "c"))}) == 3


@pytest.mark.parametrize("ids", [None, [1, 2]])
def test_what_was_left_out_stays_with_the_clip(tmp_path, ids):
    folder = write.openpose(tmp_path / "clip", frames=30, shifts=(-80, 80), ids=ids)
    (folder / "clip_000000000003_keypoints.json").write_text("{")
    clip, *_ = predict({"video": folder}, told(), None)
    (note,) = clip.notes
    assert note.startswith("frame 3: ") and note.endswith("left out so: 1 beside 58 bodies")


def test_what_is_no_file_is_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("link")
    for path in (tmp_path / "pipe", tmp_path / "link", "/dev/zero"):
        assert main(["run", str(path), "--keypoints", "--size", "9x9", "--fps", "3", "-o", str(tmp_path / "out")]) == 3
        assert f"{path}: no such file of keypoints" in capsys.readouterr().err
