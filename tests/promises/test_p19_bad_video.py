"""P19: a video that cannot be read is one line and exit code 3 in seconds; a damaged one gives what is left of it.

Of a damaged one the result says how many frames were expected, which packets were bad and where frames are missing.

Seen to fail under the mutations of ``mutations/p19.yaml``: headers believed, damaged packets not counted, gaps not
looked for, an error's class unknown to the command line.
"""

import json
import time as clock

import bad_clips as clips
import numpy as np
import pytest
from told_detector import dancer, tell
from video_clips import make_folder

from dance3d.cli import main
from dance3d.cli.check import check_video
from dance3d.contracts import Keypoints2D
from dance3d.io import artefacts
from dance3d.io.video.reader import probe
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.pipeline.run import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = make_folder(tmp_path_factory)
    (at / "nosize.gif").write_bytes(b"GIF89a" + b"\0" * 7 + b"\x3b")
    return at


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("empty.mp4", "is empty"),
        ("text.mp4", "no known video format"),
        ("sound.mp4", "only sound"),
        ("cut.mp4", "moov"),
        ("list.m3u8", "no video stream|no known video format"),
        ("nosize.gif", "no size|no known|no frame"),
        ("folder.mp4", "is a directory"),
        ("nothing.mp4", "no such file"),
    ],
)
def test_what_cannot_be_read_is_one_line_soon(folder, tmp_path, capsys, command, name, why):
    more = ["-o", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")] if command == "run" else []
    began = clock.perf_counter()
    assert main([command, str(folder / name), *more]) == REFUSED
    said = capsys.readouterr().err
    assert clock.perf_counter() - began < 10
    assert said.count("\n") == 1 and name in said and any(one in said for one in why.split("|"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["cut.mkv", "damaged.mkv"])
def test_what_is_left_of_a_damaged_video_becomes_a_result_that_says_so(folder, tmp_path, monkeypatch, name):
    settings = tell(monkeypatch, [[dancer(0.5, i / 30)] for i in range(60)])
    done = run(folder / name, tmp_path / "out", settings=settings, cache=Cache(tmp_path / "cache"))
    said = json.loads((tmp_path / "out/result.json").read_text())["video"]
    assert 0 < said["frames"] < said["expected"] == 60 and said["gaps"]
    lost = sum(round((stop - start) * 30) - 1 for start, stop in said["gaps"])
    assert abs(lost - (60 - said["frames"])) <= 1  # the end of a cut file is known to a frame
    assert said["errors"] > 0 or name == "cut.mkv"
    assert any("frames could be decoded" in warning for warning in done.result["warnings"])
    found = artefacts.load(tmp_path / "out/person-1/keypoints.npz", Keypoints2D)
    assert found.frames == said["frames"] and (np.diff(found.time) > 0).all()
    assert any(line.startswith("missing: ") for line in check_video(folder / name))


def test_a_header_that_claims_52_million_frames_is_not_believed(folder, tmp_path):
    data = bytearray((folder / "whole.mkv").read_bytes())
    at = data.find(b"\x44\x89\x88") + 3  # EBML Duration, a double of 8 bytes, in milliseconds
    data[at : at + 8] = np.array(52e6 / 30 * 1000, ">f8").tobytes()
    path = tmp_path / "boast.mkv"
    path.write_bytes(bytes(data).replace(b"00:00:02.0", b"48:00:02.0"))
    assert probe(path).expected is None and probe(path).duration is None
    lines = list(check_video(path))
    assert lines[1].startswith("60 frames decoded of") and lines[-1] == "nothing is missing or damaged"


def test_frames_that_share_a_time_claim_no_more_than_the_file_can_hold(tmp_path):
    piece = clips.write(tmp_path / "piece.ts", clips.EVEN[:30]).read_bytes()
    (tmp_path / "joined.ts").write_bytes(piece * 3)
    lines = list(check_video(tmp_path / "joined.ts"))
    assert lines[1] == "90 frames decoded of 90 expected, 30.000 frames/s by the median step"
    assert lines[3] == "note: the clock jumps at 1.00 s and once more; the times go on as if it did not"
