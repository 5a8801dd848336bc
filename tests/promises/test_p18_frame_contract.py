"""P18: every decodable frame is a row of every output, at the stream's own time, upright, and nobody is never zero.

N frames give N rows; times strictly increase; a missing dancer is NaN with a mask; all eight orientations show the same
picture; uneven times reach tables and BVH; the user's rate wins where a video has no times, and is recorded.

Seen to fail under the mutations of ``mutations/p18.yaml``: times by a rate, absence as zero, mirroring ignored, odd
stamps kept, the told rate ignored.
"""

import csv
import json
import re
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from told_detector import dancer, film, tell

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io.video.reader import VideoReader
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.run import run

UNEVEN = np.concatenate([np.arange(16) / 30, 16 / 30 + np.arange(1, 25) / 10])
AWAY = slice(24, 40)  # more than half a second before the end: nothing is put in its place


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def columns(path):
    """Columns of a CSV by name, as text."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_every_output_has_a_row_per_frame_at_its_own_time(tmp_path, monkeypatch, cache):
    there = np.ones(len(UNEVEN), bool)
    there[AWAY] = False
    answers = [[dancer(0.5, at)] * int(seen) for at, seen in zip(UNEVEN, there, strict=True)]
    video, out = film(tmp_path / "uneven.mp4", UNEVEN), tmp_path / "out"
    run(video, out, settings=tell(monkeypatch, answers), cache=cache)
    for name, kind in (("keypoints", Keypoints2D), ("pose3d", Pose3D), ("movements", Movements)):
        found = artefacts.load(out / f"person-1/{name}.npz", kind)
        np.testing.assert_allclose(found.time, UNEVEN, atol=1e-4)
        assert (np.diff(found.time) > 0).all()
        table = columns(out / f"person-1/{name}.csv")
        np.testing.assert_allclose(np.array(table["time_s"], float), found.time, atol=1e-4)
    seen = artefacts.load(out / "person-1/keypoints.npz", Keypoints2D)
    assert seen.measured[there].all() and not seen.measured[~there].any()
    assert np.isfinite(seen.xy[there]).all() and np.isnan(seen.xy[~there]).all() and (seen.score[~there] == 0).all()
    assert np.isnan(artefacts.load(out / "person-1/pose3d.npz", Pose3D).xyz[~there]).all()
    table = columns(out / "person-1/keypoints.csv")
    gone = {table[f"pelvis_{axis}_px"][i] for axis in "xy" for i in np.flatnonzero(~there)}
    assert gone == {""}  # an empty cell, never a zero
    with VideoReader(out / "overlay.mp4") as reader:
        assert len(list(reader)) == len(UNEVEN)
        np.testing.assert_allclose(reader.clip().time, UNEVEN, atol=1e-4)
    bvh = (out / "person-1/pose3d.bvh").read_text()
    step, rows = float(re.search(r"Frame Time: (\S+)", bvh)[1]), int(re.search(r"Frames: (\d+)", bvh)[1])
    assert abs(step * (rows - 1) - (UNEVEN[-1] - UNEVEN[0])) <= step  # resampled over the same time
    assert "nan" not in bvh.lower()


ONE = 1 << 16
TURNS = {  # (a, b, c, d) of the display matrix: what undoes it, for a stored picture that it turns
    (1, 0, 0, 1): lambda image: image,
    (0, 1, -1, 0): lambda image: np.rot90(image, 1),
    (-1, 0, 0, -1): lambda image: np.rot90(image, 2),
    (0, -1, 1, 0): lambda image: np.rot90(image, 3),
    (-1, 0, 0, 1): lambda image: image[:, ::-1],
    (1, 0, 0, -1): lambda image: image[::-1],
    (0, 1, 1, 0): lambda image: image.swapaxes(0, 1),
    (0, -1, -1, 0): lambda image: np.rot90(image, 2).swapaxes(0, 1),
}


@pytest.mark.parametrize("matrix", TURNS)
def test_whichever_way_a_picture_is_stored_it_is_shown_the_same(tmp_path, matrix):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (48, 64, 3), np.uint8)
    stored = np.ascontiguousarray(TURNS[matrix](picture))
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=30)
        stream.height, stream.width, stream.pix_fmt = *stored.shape[:2], "rgb24"
        stream.options = {"qp": "0"}
        out.mux([*stream.encode(av.VideoFrame.from_ndarray(stored, format="rgb24")), *stream.encode()])
    data, (a, b, c, d) = bytearray(path.read_bytes()), (ONE * n for n in matrix)
    struct.pack_into(">9i", data, data.find(b"tkhd") + 44, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    with VideoReader(path) as reader:
        (frame,) = reader
        assert reader.clip().size == (64, 48)
    np.testing.assert_array_equal(frame.image, picture)  # so keypoints are the same to the pixel


def write_stamps(path, stamps, rate=30):
    """A video whose frames have just these stamps, in 1/rate s."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        packets = []
        for i in range(len(stamps)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + i, np.uint8), format="rgb24")
            frame.pts = i
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for packet, at in zip(packets, stamps, strict=True):
            packet.pts = packet.dts = at
            packet.time_base = Fraction(1, rate)
            out.mux(packet)
    return path


@pytest.mark.parametrize("stamps", [[0] * 24, [min(i, 8) if i < 20 else i for i in range(24)]])
def test_times_increase_and_no_frame_is_dropped_whatever_the_stamps(tmp_path, stamps):
    with VideoReader(write_stamps(tmp_path / "same.mkv", stamps)) as reader:
        assert len(list(reader)) == 24
        clip = reader.clip()
    assert len(clip.time) == 24 and clip.expected == 24
    np.testing.assert_allclose(np.diff(clip.time), 1 / 30, atol=5e-3)


def test_the_users_rate_wins_where_there_is_none_and_is_recorded(tmp_path, monkeypatch, cache):
    path, out = tmp_path / "raw.h264", tmp_path / "out"
    with av.open(str(path), "w", format="h264") as target:
        stream = target.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.options = 64, 48, "yuv420p", {"bf": "0"}
        for i in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 60 + 4 * i, np.uint8), format="rgb24")
            target.mux(stream.encode(frame.reformat(format="yuv420p")))
        target.mux(stream.encode())
    settings = tell(monkeypatch, [[dancer(0.5, i / 12.5)] for i in range(20)])
    settings["keypoints"]["fps"] = 12.5
    run(path, out, settings=settings, cache=cache)
    said = json.loads((out / "result.json").read_text())
    assert said["video"]["fps"] == 12.5 and said["settings"]["keypoints"]["fps"] == 12.5
    found = artefacts.load(out / "person-1/keypoints.npz", Keypoints2D)
    np.testing.assert_allclose(found.time, np.arange(20) / 12.5)
